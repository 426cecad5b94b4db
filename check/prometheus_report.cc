#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>

#include "check/problem.h"
#include "check/report.h"

namespace check {
namespace {

constexpr std::array<const char*, 6> kNameParts = {"C", "CN", "L", "O", "OU", "ST"};

using Labels = std::map<std::string, std::string>;

std::string to_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += (text.empty() ? "{" : ",") + name + "=\"";
    for (const char c : clean(value)) {
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text.empty() ? text : text + "}";
}

// A serial number as x509-certificate-exporter has it.
std::string to_decimal(const std::string& hex) {
  std::string digits = "0";  // the last first
  for (const char c : hex) {
    int carry = c <= '9' ? c - '0' : c - 'a' + 10;
    for (char& digit : digits) {
      carry += (digit - '0') * 16;
      digit = static_cast<char>('0' + carry % 10);
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits += static_cast<char>('0' + carry % 10);
  }
  return {digits.rbegin(), digits.rend()};
}

void add_name(Labels& labels, const std::string& prefix, const pki::DistinguishedName& name) {
  for (const auto& [type, value] : name.attributes) {
    if (std::find(kNameParts.begin(), kNameParts.end(), type) != kNameParts.end()) {
      labels[prefix + type] = value;
    }
  }
}

std::string_view to_string(Observation::Kind kind) {
  switch (kind) {
    case Observation::Kind::kFile:
      return "file";
    case Observation::Kind::kSecret:
      return "secret";
    case Observation::Kind::kLineage:
      return "lineage";
    case Observation::Kind::kEndpoint:
      return "endpoint";
  }
  return "";
}

long long to_unix(base::Time time) { return time.time_since_epoch().count(); }

// All samples of one name must stand together.
struct Family {
  const char* name;
  const char* help;
  std::string samples;
};

class PrometheusReport : public Report {
 public:
  PrometheusReport(std::ostream& out, const ReportOptions& options) : out_(out), options_(options) {}

  void add(const Verdict& verdict) override {
    if (!sources_.insert(verdict.source).second) return;  // the same series twice would be none
    Labels source = {{"source", verdict.source}, {"source_kind", std::string(to_string(verdict.kind))}};
    if (!verdict.path.empty()) {
      source["filepath"] = verdict.path.native();
      source["filename"] = verdict.path.filename().native();
    }
    for (size_t i = 0; i < verdict.elements.size(); ++i) add(verdict.elements[i], i, source);
    for (size_t i = 0; i < verdict.crls.size(); ++i) add(verdict.crls[i], i, source);
    if (const Element* first = first_to_end(verdict)) sample(seed_expiry_, source, to_unix(first->not_after));
    sample(error_, source, verdict.failure.empty() ? 0 : 1);
    sample(up_, source, verdict.failure.empty() ? 1 : 0);
    sample(state_, source, static_cast<long long>(verdict.state));
    std::map<std::pair<std::string, std::string>, long long> findings;
    for (const auto& finding : verdict.findings) {
      ++findings[{finding.code, std::string(to_string(finding.severity))}];
    }
    for (const auto& [what, count] : findings) {
      Labels labels = source;
      labels["code"] = what.first;
      labels["severity"] = what.second;
      sample(findings_, labels, count);
    }
    if (!verdict.failure.empty()) ++errors_;
  }

  void finish(const Tally&) override {
    sample(read_errors_, {}, errors_);
    sample(timestamp_, {}, to_unix(options_.now));
    for (const Family* family : {&not_before_, &not_after_, &expired_, &seed_expiry_, &error_, &crl_, &up_,
                                 &state_, &findings_, &read_errors_, &timestamp_}) {
      if (family->samples.empty()) continue;
      out_ << "# HELP " << family->name << " " << family->help << "\n# TYPE " << family->name << " gauge\n"
           << family->samples;
    }
  }

 private:
  static void sample(Family& family, const Labels& labels, long long value) {
    family.samples += family.name + to_text(labels) + " " + std::to_string(value) + "\n";
  }

  void add(const Element& element, size_t index, Labels labels) {
    labels["element"] = std::to_string(index);
    labels["serial_number"] = to_decimal(element.serial);
    add_name(labels, "subject_", element.subject_name);
    add_name(labels, "issuer_", element.issuer_name);
    sample(not_before_, labels, to_unix(element.not_before));
    sample(not_after_, labels, to_unix(element.not_after));
    sample(expired_, labels, element.left.count() < 0 ? 1 : 0);
  }

  void add(const RevocationList& crl, size_t index, Labels labels) {
    if (!crl.next_update) return;
    labels["element"] = std::to_string(index);
    add_name(labels, "issuer_", crl.issuer_name);
    sample(crl_, labels, to_unix(*crl.next_update));
  }

  std::ostream& out_;
  const ReportOptions options_;
  std::set<std::string> sources_;
  long long errors_ = 0;
  Family not_before_{"x509_cert_not_before", "Start of the certificate's validity, in seconds since 1970.",
                     ""};
  Family not_after_{"x509_cert_not_after", "End of the certificate's validity, in seconds since 1970.", ""};
  Family expired_{"x509_cert_expired", "1 when the certificate has expired.", ""};
  Family seed_expiry_{"redis_cert_expiry_timestamp",
                      "When the first certificate of the chain ends, in seconds since 1970.", ""};
  Family error_{"x509_cert_error", "1 when the source can't be read.", ""};
  Family crl_{"x509_crl_next_update", "When the CRL is to be replaced, in seconds since 1970.", ""};
  Family up_{"x509_source_up", "1 when the source could be read.", ""};
  Family state_{"redis_pki_check_state", "0 ok, 1 warning, 2 critical, 3 unknown.", ""};
  Family findings_{"redis_pki_check_findings", "What else was found, by code and severity.", ""};
  Family read_errors_{"x509_read_errors", "Sources that can't be read.", ""};
  Family timestamp_{"redis_pki_check_timestamp_seconds", "When this was checked, in seconds since 1970.", ""};
};

}  // namespace

std::unique_ptr<Report> make_prometheus_report(std::ostream& out, const ReportOptions& options) {
  return std::make_unique<PrometheusReport>(out, options);
}

}  // namespace check
