#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "acme/renewal_info.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "base/words.h"
#include "cli/acme_session.h"
#include "cli/command.h"
#include "cli/issuer_settings.h"
#include "pki/lineage.h"
#include "pki/revocation.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

struct AcmeOptions {
  CLI::App* register_ = nullptr;
  CLI::App* update = nullptr;
  CLI::App* show = nullptr;
  CLI::App* rotate_key = nullptr;
  CLI::App* deactivate = nullptr;
  CLI::App* revoke = nullptr;
  CLI::App* ari = nullptr;
  OptionValues account;
  std::string key_type = "ec-p256";
  std::string name;
  std::string reason = "unspecified";
};

// The account of the home at the server, and the conversation about it.
class Work {
 public:
  Work(const IssuerSettings& settings, const Environment& environment)
      : settings_(settings),
        environment_(environment),
        home_(environment.globals.home),
        session_(settings_, environment),
        store_(home_, session_.transport().directory_url()) {}

  int make(pki::KeyType key_type) {
    home_.create();
    auto key = store_.key();
    if (!key) key = acme::AccountKey(pki::PrivateKey::generate(key_type));
    store_.save_key(*key);
    const auto registration = registration_of(settings_);
    auto account = acme::Account::register_at(session_.transport(), std::move(*key), registration);
    store_.save_url(account.url(), registration.agrees_to_terms);
    return report(account, account.state());
  }

  int update() {
    auto account = open();
    return report(account, account.update(registration_of(settings_).contacts));
  }

  int show() {
    auto account = open();
    return report(account, account.state());
  }

  // The new key is on disk before the CA takes it: whichever of the two it knows after a crash, we have it.
  int rotate_key(pki::KeyType key_type) {
    auto account = open();
    const acme::AccountKey key(pki::PrivateKey::generate(key_type));
    store_.stage_key(key);
    account.rotate_key(key);
    store_.promote_staged_key();
    return report(account, account.state());
  }

  int deactivate() {
    auto account = open();
    account.deactivate();
    store_.remove();
    environment_.context.out << "deactivated " << account.url() << "\n";
    return 0;
  }

  // By the account, or by the certificate's own key where the CA doesn't let that.
  int revoke(const pki::Lineage& lineage, pki::RevocationReason reason) {
    const int current = lineage.current().value_or(0);
    if (current == 0) throw Error(ErrorKind::kNotFound, lineage.name() + ": has no certificate in service");
    const auto leaf = lineage.chain(current).front();
    open().revoke(leaf, lineage.key(current), static_cast<int>(reason));
    environment_.context.out << "revoked " << lineage.name() << ", serial " << leaf.serial() << "\n";
    return 0;
  }

  int suggest(const pki::Lineage& lineage) {
    const auto latest = lineage.latest();
    if (!latest) throw Error(ErrorKind::kNotFound, lineage.name() + ": has no certificate yet");
    const auto suggestion =
        acme::renewal_suggestion(session_.transport(), lineage.paths(), lineage.chain(*latest).front());
    if (!suggestion) throw Error(ErrorKind::kNotFound, "the CA suggests nothing for " + lineage.name());
    std::ostream& out = environment_.context.out;
    if (environment_.globals.json) {
      const json document{{"lineage", lineage.name()},
                          {"start", base::format_timestamp(suggestion->start)},
                          {"end", base::format_timestamp(suggestion->end)},
                          {"chosen", base::format_timestamp(suggestion->chosen)},
                          {"next_look", base::format_timestamp(suggestion->next_look)},
                          {"explanation_url", suggestion->explanation_url}};
      out << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
      return 0;
    }
    out << "window   " << base::format_timestamp(suggestion->start) << " to "
        << base::format_timestamp(suggestion->end) << "\nchosen   "
        << base::format_timestamp(suggestion->chosen) << "\nlook in  "
        << base::format_timestamp(suggestion->next_look) << "\n";
    if (!suggestion->explanation_url.empty()) {
      out << "because  " << base::printable(suggestion->explanation_url, 400) << "\n";
    }
    return 0;
  }

 private:
  acme::Account open() {
    auto key = store_.key();
    if (!key) {
      throw Error(ErrorKind::kNotFound, "there is no account at " + session_.transport().directory_url() +
                                            "; make one with 'redis-pki acme register'");
    }
    if (auto staged = store_.staged_key()) {  // a change of the key was cut off
      try {
        auto account = acme::Account::find(session_.transport(), std::move(*staged));
        store_.promote_staged_key();
        return account;
      } catch (const Error&) {
        // The CA never took it.
      }
    }
    if (store_.url().empty()) {
      auto account = acme::Account::find(session_.transport(), std::move(*key));
      store_.save_url(account.url(), store_.agreed_to_terms());
      return account;
    }
    return acme::Account(session_.transport(), std::move(*key), store_.url());
  }

  int report(const acme::Account& account, const acme::AccountState& state) const {
    const std::string key = pki::describe_key(account.key().key().handle());
    std::ostream& out = environment_.context.out;
    if (environment_.globals.json) {
      const json document{{"account", account.url()},
                          {"status", state.status},
                          {"contacts", state.contacts},
                          {"key", key},
                          {"thumbprint", account.key().thumbprint()},
                          {"directory", store_.directory().native()}};
      out << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
      return 0;
    }
    out << "home        " << home_.root().native() << "\naccount     " << account.url() << "\nstatus      "
        << state.status << "\nkey         " << key << "\nthumbprint  " << account.key().thumbprint() << "\n";
    for (const std::string& contact : state.contacts) out << "contact     " << contact << "\n";
    return 0;
  }

  const IssuerSettings& settings_;
  const Environment& environment_;
  const pki::Home home_;
  AcmeSession session_;
  const acme::AccountStore store_;
};

// About a certificate: the server is the one that its lineage remembers.
int run_for_lineage(const AcmeOptions& options, const Environment& environment) {
  const auto lineage = pki::Lineage::open(pki::Home(environment.globals.home), options.name);
  OptionValues said = lineage.settings().issuer_options;
  for (const auto& [name, value] : given(options.account)) said[name] = value;
  const IssuerSettings settings(environment.settings, lineage.settings().issuer, said);
  if (settings.type() != "acme") {
    throw Error(ErrorKind::kUsage, "the certificates of '" + options.name + "' don't come from an ACME CA");
  }
  Work work(settings, environment);
  if (options.ari->parsed()) return work.suggest(lineage);
  return work.revoke(lineage, pki::parse_revocation_reason(options.reason));
}

int run(const AcmeOptions& options, const Environment& environment) {
  if (options.revoke->parsed() || options.ari->parsed()) return run_for_lineage(options, environment);
  const IssuerSettings settings(environment.settings, "acme", options.account);
  if (options.register_->parsed())
    return Work(settings, environment).make(pki::parse_key_type(options.key_type));
  if (options.update->parsed()) return Work(settings, environment).update();
  if (options.show->parsed()) return Work(settings, environment).show();
  if (options.rotate_key->parsed())
    return Work(settings, environment).rotate_key(pki::parse_key_type(options.key_type));
  return Work(settings, environment).deactivate();
}

}  // namespace

Run bind_acme(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<AcmeOptions>();
  app.require_subcommand(1);
  options->register_ = app.add_subcommand("register", "make an account at a CA, or find the one of our key");
  options->update = app.add_subcommand("update", "change the contacts");
  options->show = app.add_subcommand("show", "the account, as the CA knows it");
  options->rotate_key = app.add_subcommand("rotate-key", "give the account a new key");
  options->deactivate = app.add_subcommand("deactivate", "end the account for ever");
  for (CLI::App* each :
       {options->register_, options->update, options->show, options->rotate_key, options->deactivate}) {
    bind_acme_account(*each, options->account);
  }
  for (CLI::App* each : {options->register_, options->rotate_key}) {
    each->add_option("--key-type", options->key_type,
                     "of the account's key: ec-p256, ec-p384, ed25519, rsa-2048, …")
        ->capture_default_str();
  }
  options->revoke =
      app.add_subcommand("revoke", "declare the current certificate of a lineage invalid, at its CA");
  options->revoke->add_option("NAME", options->name, "the lineage")->required();
  options->revoke
      ->add_option("--reason", options->reason, "why: key-compromise, superseded, cessation-of-operation, …")
      ->capture_default_str();
  options->ari = app.add_subcommand("ari", "when the CA suggests to renew a lineage (RFC 9773)");
  options->ari->add_option("NAME", options->name, "the lineage")->required();
  app.footer(
      R"(The account of a home at a CA that speaks ACME (RFC 8555). Certificates come by 'redis-pki issue --issuer acme'.

Examples:
  redis-pki acme register --server https://acme-v02.api.letsencrypt.org/directory --email ops@example.com --agree-tos
  redis-pki acme register --server https://acme.example.com/dir --eab-kid key-1 --eab-hmac file:hmac --agree-tos
  redis-pki acme revoke redis-1 --reason key-compromise
  redis-pki acme show --server https://acme-v02.api.letsencrypt.org/directory)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
