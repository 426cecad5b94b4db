#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace store {

// SipHash (Aumasson and Bernstein, 2012): a hash for tables whose keys strangers choose. Without the secret
// nobody can find many keys that collide. Redis uses it, too.
struct SipHashKey {
  uint64_t first;
  uint64_t second;

  static SipHashKey random();  // from OpenSSL's generator
};

// kCompressions and kFinalizations are the rounds in its name: SipHash-1-3 is what hash tables use,
// SipHash-2-4 what the paper has test vectors for.
template <int kCompressions = 1, int kFinalizations = 3>
uint64_t siphash(const SipHashKey& key, std::string_view bytes) {
  uint64_t v0 = key.first ^ 0x736f6d6570736575;
  uint64_t v1 = key.second ^ 0x646f72616e646f6d;
  uint64_t v2 = key.first ^ 0x6c7967656e657261;
  uint64_t v3 = key.second ^ 0x7465646279746573;
  const auto mix = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
      v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
    }
  };
  const auto take = [&](uint64_t word) {
    v3 ^= word;
    mix(kCompressions);
    v0 ^= word;
  };
  uint64_t last = uint64_t{bytes.size()} << 56;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    take(word);
  }
  for (size_t i = 0; i < bytes.size(); ++i) last |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  take(last);
  v2 ^= 0xff;
  mix(kFinalizations);
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace store
