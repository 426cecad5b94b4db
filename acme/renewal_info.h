#pragma once

#include <optional>
#include <string>

#include "acme/transport.h"
#include "pki/certificate.h"
#include "pki/home.h"

namespace acme {

// How a CA names a certificate (RFC 9773, 4.1); empty for one without an authority key identifier.
std::string certificate_id(const pki::Certificate& certificate);

// When a CA suggests to replace a certificate, and when we shall.
struct Suggestion {
  base::Time start, end;  // of the CA's window
  base::Time chosen;      // at random in it, once for each window
  base::Time next_look;
  std::string explanation_url;
};

// What the CA suggests for the leaf of this lineage. What was heard, and the chosen time, are kept with the
// lineage, and the CA is asked again when it wants to be. Nothing when it offers none; what can't be had now
// is what was heard before. Throws nothing but what says that the lineage's files can't be written.
std::optional<Suggestion> renewal_suggestion(Transport& transport, const pki::LineagePaths& paths,
                                             const pki::Certificate& leaf);

// What was heard last; nothing when nothing was.
std::optional<Suggestion> remembered_suggestion(const pki::LineagePaths& paths, const pki::Certificate& leaf);

}  // namespace acme
