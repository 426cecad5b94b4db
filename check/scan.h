#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "check/endpoint_source.h"
#include "check/file_source.h"
#include "check/judgement.h"
#include "check/tally.h"
#include "pki/home.h"

namespace check {

struct ScanOptions {
  FileOptions files;
  // For a target of the command line that is a live server; its name and address are filled in.
  std::function<Endpoint(const std::string& target, bool is_web)> endpoint;
  std::function<Thresholds(const std::string& target)> thresholds;
  std::function<void(size_t files)> progress;  // now and then; may be null
};

// Whether a target of the command line is a live server: a URL, HOST:PORT, or unix:PATH.
bool is_server(const std::string& target);

// Looks at targets: lineages, live servers, files, directories, globs. Files are read on all cores and judged
// in the order of their names; what is kept of them doesn't grow with their number, but for 50 bytes and a
// path a certificate, by which two with one serial are told.
class Scan {
 public:
  using Take = std::function<void(const Verdict&)>;

  Scan(const pki::Home& home, ScanOptions options, const base::Clock& clock, Take take);

  // Takes what each target shows, in the order of the targets.
  Tally run(const std::vector<std::string>& targets);

 private:
  void look(const std::string& target, bool from_glob);
  void look_at_path(const std::string& target);
  void look_at_glob(const std::string& target);
  void take(const std::vector<Observation>& observations);
  void take_files();  // those that are waiting
  void deliver(Verdict verdict);
  void judge_serial(const Element& element, Verdict& verdict);

  const pki::Home& home_;
  ScanOptions options_;
  base::Time now_;
  const base::Clock& clock_;
  Take take_;
  Thresholds thresholds_;  // of the target at hand
  std::vector<FoundFile> waiting_;
  Tally tally_;
  size_t found_ = 0;  // certificates, CRLs and failures

  struct Known {
    size_t certificate;  // a hash of it
    std::string source;
  };
  std::unordered_map<size_t, Known> serials_;  // by a hash of issuer and serial
};

}  // namespace check
