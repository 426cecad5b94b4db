#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/file.h"
#include "cli/command.h"
#include "cli/open_ledger.h"
#include "pki/openssl_index.h"

namespace cli {
namespace {

int run(const std::string& file, const Environment& environment) {
  const auto entries = pki::parse_openssl_index(base::read_file(file), file);
  pki::Ledger ledger = open_ledger(pki::Home(environment.globals.home));
  size_t taken = 0;
  ledger.group([&] {
    for (const auto& entry : entries) {
      if (ledger.find(entry.serial)) continue;
      ledger.record(entry);
      ++taken;
    }
  });
  environment.context.out << "took over " << taken << " certificates; " << entries.size() - taken
                          << " were known already\n";
  return 0;
}

}  // namespace

Run bind_import_index(CLI::App& app, const Environment& environment) {
  auto file = std::make_shared<std::string>();
  app.add_option("FILE", *file, "index.txt")->required();
  app.footer(
      R"(Serials, dates, subjects and revocations come along, so that they can be listed and stand on the next CRL. All
of the file is taken over, or nothing.

Example:
  redis-pki import-index /etc/ssl/ca/index.txt)");
  return [file, environment] { return run(*file, environment); };
}

}  // namespace cli
