#include "pki/general_names.h"

#include "base/error.h"

namespace pki {
namespace {

using Kind = SubjectAltName::Kind;

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

}  // namespace

std::vector<SubjectAltName> to_subject_alt_names(const GENERAL_NAMES* names, UnknownNames unknown) {
  std::vector<SubjectAltName> result;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    switch (name->type) {
      case GEN_DNS:
        result.push_back({Kind::kDns, text_of(name->d.dNSName)});
        break;
      case GEN_URI:
        result.push_back({Kind::kUri, text_of(name->d.uniformResourceIdentifier)});
        break;
      case GEN_EMAIL:
        result.push_back({Kind::kEmail, text_of(name->d.rfc822Name)});
        break;
      case GEN_IPADD:
        result.push_back({Kind::kIp, ip_text(ASN1_STRING_get0_data(name->d.iPAddress),
                                             static_cast<size_t>(ASN1_STRING_length(name->d.iPAddress)))});
        break;
      default:
        if (unknown == UnknownNames::kSkip) break;
        throw base::Error(base::ErrorKind::kRefused,
                          "a name is neither a DNS name nor an IP address, URI or e-mail address");
    }
  }
  return result;
}

}  // namespace pki
