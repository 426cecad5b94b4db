#include "pki/name.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "pki/openssl_error.h"

namespace pki {

using base::Error;
using base::ErrorKind;

bool DistinguishedName::has(std::string_view type) const {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&](const auto& entry) { return entry.first == type; });
}

DistinguishedName parse_distinguished_name(std::string_view text) {
  const Error malformed(ErrorKind::kUsage, "'" + std::string(text) +
                                               "' is no subject; write it like /C=US/O=Example/CN=redis-1");
  if (!text.starts_with('/')) throw malformed;
  DistinguishedName name;
  size_t at = 1;
  while (at < text.size()) {
    const size_t equals = text.find('=', at);
    if (equals == std::string_view::npos || equals == at) throw malformed;
    const std::string type(text.substr(at, equals - at));
    std::string value;
    for (at = equals + 1; at < text.size() && text[at] != '/'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      value += text[at];
    }
    ++at;
    if (value.empty()) throw malformed;
    name.attributes.emplace_back(type, value);
  }
  if (name.attributes.empty()) throw malformed;
  to_x509_name(name);
  return name;
}

OpenSslPtr<X509_NAME> to_x509_name(const DistinguishedName& name) {
  OpenSslPtr<X509_NAME> result(X509_NAME_new());
  require(result != nullptr, "no memory for a name");
  for (const auto& [type, value] : name.attributes) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
    const bool has_nul = value.find('\0') != std::string::npos;
    if (has_nul || X509_NAME_add_entry_by_txt(result.get(), type.c_str(), MBSTRING_UTF8, bytes,
                                              static_cast<int>(value.size()), -1, 0) != 1) {
      throw openssl_error(ErrorKind::kUsage, "'" + type + "=" + value + "' can't be part of a subject");
    }
  }
  return result;
}

DistinguishedName to_distinguished_name(const X509_NAME* name) {
  DistinguishedName result;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const ASN1_OBJECT* type = X509_NAME_ENTRY_get_object(entry);
    const int nid = OBJ_obj2nid(type);
    std::array<char, 80> number{};
    if (nid == NID_undef) OBJ_obj2txt(number.data(), number.size(), type, 1);
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
    const OpenSslPtr<unsigned char> owner(utf8);
    std::string value;
    if (length > 0) value.assign(reinterpret_cast<char*>(utf8), static_cast<size_t>(length));
    result.attributes.emplace_back(nid == NID_undef ? number.data() : OBJ_nid2sn(nid), std::move(value));
  }
  return result;
}

std::string describe_name(const X509_NAME* name) {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr, "no memory for a name");
  constexpr unsigned long kFlags =
      (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  X509_NAME_print_ex(bio.get(), name, 0, kFlags);
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  return length > 0 ? std::string(bytes, static_cast<size_t>(length)) : "";
}

}  // namespace pki
