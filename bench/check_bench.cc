// The floor of `redis-pki check DIRECTORY`: reads and parses all files of a directory on all cores, and
// nothing else. Prints the seconds.

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/parallel.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  base::for_each_in_parallel(files.size(), base::core_count(), [&](size_t i, size_t) {
    const int fd = ::open(files[i].c_str(), O_RDONLY);
    struct stat status {};
    ::fstat(fd, &status);
    std::string bytes(static_cast<size_t>(status.st_size), '\0');
    if (::read(fd, bytes.data(), bytes.size()) < 0) std::abort();
    ::close(fd);
    BIO* bio = BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()));
    while (X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) X509_free(certificate);
    BIO_free(bio);
  });
  std::printf("%.3f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}
