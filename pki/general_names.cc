#include "pki/general_names.h"

#include "base/error.h"
#include "pki/openssl_error.h"

namespace pki {
namespace {

using Kind = SubjectAltName::Kind;

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

GENERAL_NAME* general_name(const SubjectAltName& name) {
  const auto set_text = [&](int type) {
    GENERAL_NAME* entry = GENERAL_NAME_new();
    require(entry != nullptr, "no memory for a name");
    ASN1_STRING* value = ASN1_STRING_type_new(V_ASN1_IA5STRING);
    require(value != nullptr &&
                ASN1_STRING_set(value, name.value.data(), static_cast<int>(name.value.size())) == 1,
            "no memory for a name");
    GENERAL_NAME_set0_value(entry, type, value);
    return entry;
  };
  switch (name.kind) {
    case SubjectAltName::Kind::kDns:
      return set_text(GEN_DNS);
    case SubjectAltName::Kind::kUri:
      return set_text(GEN_URI);
    case SubjectAltName::Kind::kEmail:
      return set_text(GEN_EMAIL);
    case SubjectAltName::Kind::kIp:
      break;
  }
  GENERAL_NAME* entry = GENERAL_NAME_new();
  ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(name.value.c_str());
  require(entry != nullptr && bytes != nullptr, "can't encode an IP address");
  GENERAL_NAME_set0_value(entry, GEN_IPADD, bytes);
  return entry;
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

GeneralNames to_general_names(const std::vector<SubjectAltName>& names) {
  GeneralNames result(sk_GENERAL_NAME_new_null());
  require(result != nullptr, "no memory for names");
  for (const SubjectAltName& name : names) {
    require(sk_GENERAL_NAME_push(result.get(), general_name(name)) > 0, "no memory for names");
  }
  return result;
}

}  // namespace pki
