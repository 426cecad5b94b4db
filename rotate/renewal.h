#pragma once

#include "base/clock.h"
#include "pki/certificate.h"

namespace rotate {

// When a certificate should be replaced: when a third of its lifetime is left, or half when that is under 10
// days (short-lived ones, as of Let's Encrypt's `shortlived` profile).
base::Time renewal_due(const pki::Certificate& certificate);

}  // namespace rotate
