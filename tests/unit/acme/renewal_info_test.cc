#include "acme/renewal_info.h"

#include <gtest/gtest.h>

// The example of RFC 9773, 4.1: authority key identifier
// 69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4 and serial number 0x8765 4321, which DER writes
// with a leading zero.
TEST(RenewalInfo, NamesACertificateAsTheRfcDoes) {
  constexpr const char* kCertificate =
      "-----BEGIN CERTIFICATE-----\n"
      "MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt\n"
      "cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS\n"
      "BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu\n"
      "7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf\n"
      "qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B\n"
      "yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb\n"
      "+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK\n"
      "-----END CERTIFICATE-----\n";
  EXPECT_EQ(acme::certificate_id(pki::parse_certificates(kCertificate, "RFC 9773").front()),
            "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
}
