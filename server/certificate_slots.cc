#include "server/certificate_slots.h"

#include <utility>

namespace server {
namespace {

bool holds(const std::optional<CertificateSlot>& slot, const std::string& sha256) {
  return slot && slot->sha256 == sha256;
}

}  // namespace

std::optional<uint64_t> CertificateSlots::superseded_by(const pki::Certificate& leaf) const {
  const std::string sha256 = leaf.sha256();
  if (!previous_ || holds(current_, sha256) || holds(previous_, sha256)) return std::nullopt;
  return previous_->number;
}

void CertificateSlots::install(const pki::Certificate& leaf, std::shared_ptr<const tls::Context> context) {
  std::string sha256 = leaf.sha256();
  if (holds(current_, sha256)) {
    current_->context = std::move(context);
  } else if (holds(previous_, sha256)) {
    std::swap(current_, previous_);
    current_->context = std::move(context);
  } else {
    previous_ = std::move(current_);
    current_ = CertificateSlot{++last_number_, leaf, std::move(sha256), std::move(context)};
  }
}

}  // namespace server
