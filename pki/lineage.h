#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/file_lock.h"
#include "pki/certificate.h"
#include "pki/home.h"
#include "pki/issuer.h"
#include "pki/key.h"
#include "pki/profile.h"

namespace pki {

// How a lineage is issued; stored with it, so that every renewal asks for the same.
struct LineageSettings {
  Profile profile = Profile::kServer;
  std::string issuer = "local";                       // "external": made elsewhere; else an issuer's name
  std::map<std::string, std::string> issuer_options;  // what was said for the issuer, by option
  DistinguishedName subject;
  std::vector<SubjectAltName> subject_alt_names;
  KeyType key_type = KeyType::kEcP256;
  std::chrono::seconds lifetime{};
  bool reuse_key = false;
  base::FileAccess key_access{.mode = 0600, .owner = {}, .group = {}};
  std::filesystem::path out;  // a directory that gets copies of `current`; empty for none

  bool is_external() const { return issuer == "external"; }
};

// All certificates ever made under one name. A generation is written once and never changed; `current` is a
// link to one of them, and moving it swaps certificate, key and roots in one step.
// Several processes may use one lineage at once.
class Lineage {
 public:
  // Throws Error(kNotFound) with a hint.
  static Lineage open(const Home& home, const std::string& name);

  // A lineage with these settings, which are on disk only after save(). Throws Error(kUsage) on a bad name.
  static Lineage define(const Home& home, const std::string& name, const LineageSettings& settings);

  // Stores the settings; from then on the lineage can be opened.
  void save(base::Durability durability = base::Durability::kNow) const;

  const std::string& name() const { return name_; }
  const LineageSettings& settings() const { return settings_; }
  const LineagePaths& paths() const { return paths_; }

  std::vector<int> generations() const;  // ascending
  std::optional<int> latest() const;
  std::optional<int> current() const;

  CertificateChain chain(int generation) const;
  std::vector<Certificate> roots(int generation) const;
  PrivateKey key(int generation) const;
  std::vector<std::string> warnings(int generation) const;  // of its issuer

  // Writes the next generation, whole or not at all, and returns its number. Doesn't move `current`.
  int add(const IssuedCertificate& issued) const;

  // The same in two steps, for many lineages at once: what is staged is nothing yet, and becomes the next
  // generation by a rename. The lock must be held over both.
  base::FileLock lock() const;
  std::filesystem::path stage(const IssuedCertificate& issued, base::Durability durability) const;
  int publish(const std::filesystem::path& staged, base::Durability durability) const;

  // For a lineage that isn't there yet: writes it with its first generation, which is current, to
  // `directory`, a new one, without syncing; a rename then makes it appear whole. False when it is there by
  // now.
  void write_whole(const std::filesystem::path& directory, const IssuedCertificate& issued) const;
  bool publish_whole(const std::filesystem::path& directory) const;

  // Removes old generations, oldest first, until `keep` are left, and returns their numbers. The current one,
  // the one before it and all after it stay.
  std::vector<int> prune(int keep) const;

  // Moves the link in one rename, then refreshes the copies in settings().out.
  void set_current(int generation, base::Durability durability = base::Durability::kNow) const;

 private:
  Lineage(std::string name, LineagePaths paths, LineageSettings settings)
      : name_(std::move(name)), paths_(std::move(paths)), settings_(std::move(settings)) {}

  void remove_leftovers() const;
  void copy_out(int generation) const;

  std::string name_;
  LineagePaths paths_;
  LineageSettings settings_;
};

}  // namespace pki
