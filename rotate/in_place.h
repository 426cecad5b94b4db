#pragma once

#include <filesystem>
#include <string>

#include "pki/home.h"
#include "redis/tls_settings.h"

namespace rotate {

// A pair of files of a server's own that a lineage is copied to. The two can't be replaced in one step: the
// journal heals what lies between, as long as the backup is there.
struct InPlacePair {
  redis::CertificatePaths files;
  std::filesystem::path backup;  // a directory

  bool operator==(const InPlacePair&) const = default;
};

// Copies the files to the backup, with their owner, group and mode. Throws Error.
void back_up(const InPlacePair& pair);

// Replaces the files' content by that of a generation, each in one step, the key first, and keeps owner,
// group and mode. A pair in one file gets the key behind the chain. Throws Error.
void install(const InPlacePair& pair, const pki::CertificateFiles& generation);

// Puts back what back_up() saved, where it has changed. Throws Error.
void restore(const InPlacePair& pair);

// The certificate in the backup.
std::filesystem::path backup_certificate(const InPlacePair& pair);

// Keeps a backup where the next one doesn't overwrite it, and returns where that is. Throws Error.
std::filesystem::path keep_backup(const InPlacePair& pair, const std::string& name);

void remove_backup(const InPlacePair& pair);

}  // namespace rotate
