#pragma once

#include <string>
#include <vector>

#include "pki/certificate.h"
#include "pki/home.h"

namespace cli {

// What a word of the command line names: a lineage's current certificate, or a file.
struct CertificateSource {
  std::string name;  // for reports
  pki::CertificateChain chain;
  std::vector<pki::Certificate> roots;  // of a lineage; empty for a file
  bool is_lineage = false;
};

// One with a / is a path; a bare word is a lineage if there is one, else a file. Throws Error.
CertificateSource read_certificate_source(const std::string& word, const pki::Home& home);

}  // namespace cli
