#include "pki/key_encoding.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <array>
#include <cstring>
#include <vector>

#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace pki {
namespace {

using namespace std::string_view_literals;

struct Curve {
  std::string_view group;
  int nid;
  size_t octets;          // of a coordinate
  std::string_view name;  // the OBJECT IDENTIFIER, DER
};

constexpr std::array<Curve, 2> kCurves{
    {{"prime256v1", NID_X9_62_prime256v1, 32, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv},
     {"secp384r1", NID_secp384r1, 48, "\x06\x05\x2b\x81\x04\x00\x22"sv}}};
constexpr auto kEcPublicKey = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr auto kEd25519 = "\x06\x03\x2b\x65\x70"sv;
constexpr auto kVersion0 = "\x02\x01\x00"sv;
constexpr auto kVersion1 = "\x02\x01\x01"sv;

constexpr char kSequence = 0x30;
constexpr char kBitString = 0x03;
constexpr char kOctetString = 0x04;
constexpr char kPublicKeyTag = static_cast<char>(0xa1);  // [1] of ECPrivateKey

const Curve* curve_of(EVP_PKEY* key) {
  char group[40] = "";
  size_t length = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &length) != 1) {
    return nullptr;
  }
  for (const Curve& curve : kCurves) {
    if (curve.group == std::string_view(group, length)) return &curve;
  }
  return nullptr;
}

std::string public_octets(EVP_PKEY* key) {
  std::array<unsigned char, 128> octets{};
  size_t length = 0;
  require(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size(),
                                          &length) == 1,
          "can't read a public key");
  return std::string(reinterpret_cast<char*>(octets.data()), length);
}

// Tag, length and content; nothing of these keys is longer than a length of one octet can say.
base::Secret element(char tag, std::initializer_list<std::string_view> parts) {
  size_t length = 0;
  for (const std::string_view part : parts) length += part.size();
  require(length < 256, "the key is too long");
  std::string bytes;
  bytes.reserve(length + 3);
  bytes.push_back(tag);
  if (length >= 128) bytes.push_back(static_cast<char>(0x81));
  bytes.push_back(static_cast<char>(length));
  for (const std::string_view part : parts) bytes.append(part);
  return base::Secret(std::move(bytes));
}

base::Secret private_scalar(EVP_PKEY* key, const Curve& curve) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1, "can't read a private key");
  std::string bytes(curve.octets, '\0');
  const int length =
      BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(curve.octets));
  BN_clear_free(number);
  require(length == static_cast<int>(curve.octets), "can't read a private key");
  return base::Secret(std::move(bytes));
}

base::Secret encode_ec(EVP_PKEY* key, const Curve& curve) {
  const auto scalar = element(kOctetString, {private_scalar(key, curve).bytes()});
  const auto point = element(kBitString, {"\0"sv, public_octets(key)});
  const auto tagged = element(kPublicKeyTag, {point.bytes()});
  const auto inner = element(kSequence, {kVersion1, scalar.bytes(), tagged.bytes()});
  const auto algorithm = element(kSequence, {kEcPublicKey, curve.name});
  return element(kSequence, {kVersion0, algorithm.bytes(), element(kOctetString, {inner.bytes()}).bytes()});
}

base::Secret encode_ed25519(EVP_PKEY* key) {
  std::string seed(32, '\0');
  size_t length = seed.size();
  require(EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(seed.data()), &length) == 1 &&
              length == seed.size(),
          "can't read a private key");
  const base::Secret owner(std::move(seed));
  const auto inner = element(kOctetString, {owner.bytes()});
  return element(kSequence, {kVersion0, element(kSequence, {kEd25519}).bytes(),
                             element(kOctetString, {inner.bytes()}).bytes()});
}

unsigned char* copy_for_openssl(const std::string& bytes) {
  auto* copy = static_cast<unsigned char*>(OPENSSL_malloc(bytes.size()));
  require(copy != nullptr, "no memory for a key");
  std::memcpy(copy, bytes.data(), bytes.size());
  return copy;
}

}  // namespace

std::optional<base::Secret> encode_private_key(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return encode_ed25519(key);
  if (EVP_PKEY_is_a(key, "EC") != 1) return std::nullopt;
  const Curve* curve = curve_of(key);
  if (curve == nullptr) return std::nullopt;
  return encode_ec(key, *curve);
}

bool set_public_key(X509* certificate, EVP_PKEY* key) {
  const bool is_ed25519 = EVP_PKEY_is_a(key, "ED25519") == 1;
  const Curve* curve = EVP_PKEY_is_a(key, "EC") == 1 ? curve_of(key) : nullptr;
  if (!is_ed25519 && curve == nullptr) return false;
  const std::string octets = public_octets(key);
  const int algorithm = is_ed25519 ? NID_ED25519 : NID_X9_62_id_ecPublicKey;
  const int kind = is_ed25519 ? V_ASN1_UNDEF : V_ASN1_OBJECT;
  void* parameter = is_ed25519 ? nullptr : OBJ_nid2obj(curve->nid);
  require(X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(algorithm), kind, parameter,
                                 copy_for_openssl(octets), static_cast<int>(octets.size())) == 1,
          "can't put the public key into a certificate");
  return true;
}

}  // namespace pki
