#include "cli/certificate_source.h"

#include "base/error.h"
#include "base/file.h"
#include "pki/lineage.h"

namespace cli {

CertificateSource read_certificate_source(const std::string& word, const pki::Home& home) {
  if (word.find('/') != std::string::npos || !home.has_lineage(word)) {
    if (word.find('/') == std::string::npos && !std::filesystem::exists(word)) {
      throw base::Error(base::ErrorKind::kNotFound,
                        "'" + word + "' is no lineage of " + home.root().native() + " and no file");
    }
    return {word, pki::parse_certificates(base::read_file(word), word), {}, false};
  }
  const auto lineage = pki::Lineage::open(home, word);
  if (!lineage.current()) {
    throw base::Error(base::ErrorKind::kNotFound, "the lineage '" + word + "' has no certificate in service");
  }
  return {word, lineage.chain(*lineage.current()), lineage.roots(*lineage.current()), true};
}

}  // namespace cli
