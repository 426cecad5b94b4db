#include "rotate/in_place.h"

#include "base/error.h"
#include "base/file.h"

namespace rotate {
namespace fs = std::filesystem;
namespace {

bool is_one_file(const InPlacePair& pair) { return pair.files.certificate == pair.files.key; }

pki::CertificateFiles saved(const InPlacePair& pair) { return {pair.backup}; }

void copy_with_access(const fs::path& from, const fs::path& to) {
  base::write_file(to, base::read_secret_file(from).bytes(), base::access_of(from));
}

// Leaves a file alone that has these bytes already: then it must not fail, though the disk is full.
void replace(const fs::path& path, const base::Secret& bytes) {
  if (base::read_secret_file(path).bytes() == bytes.bytes()) return;
  base::write_file(path, bytes.bytes(), base::access_of(path));
}

void put_back(const fs::path& saved, const fs::path& path) {
  if (fs::exists(path) && base::read_secret_file(saved).bytes() == base::read_secret_file(path).bytes())
    return;
  copy_with_access(saved, path);
}

}  // namespace

void back_up(const InPlacePair& pair) {
  base::make_directories(pair.backup, 0700);
  copy_with_access(pair.files.certificate, saved(pair).certificate());
  if (!is_one_file(pair)) copy_with_access(pair.files.key, saved(pair).key());
}

void install(const InPlacePair& pair, const pki::CertificateFiles& generation) {
  base::Secret certificate = base::read_secret_file(generation.certificate());
  const base::Secret key = base::read_secret_file(generation.key());
  if (is_one_file(pair)) {
    certificate.append(key.bytes());
  } else {
    replace(pair.files.key, key);
  }
  replace(pair.files.certificate, certificate);
}

void restore(const InPlacePair& pair) {
  if (!is_one_file(pair)) put_back(saved(pair).key(), pair.files.key);
  put_back(saved(pair).certificate(), pair.files.certificate);
}

fs::path backup_certificate(const InPlacePair& pair) { return saved(pair).certificate(); }

fs::path keep_backup(const InPlacePair& pair, const std::string& name) {
  const fs::path kept = pair.backup.parent_path() / name;
  fs::remove_all(kept);
  base::rename_file(pair.backup, kept);
  return kept;
}

void remove_backup(const InPlacePair& pair) {
  std::error_code ignored;
  fs::remove_all(pair.backup, ignored);
}

}  // namespace rotate
