#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace http {

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const;  // wiped, since headers may hold secrets
};

using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter>;

// A handle with what all transfers have in common: no signals, TLS 1.2 at least, errors in words. `error`
// must hold CURL_ERROR_SIZE bytes and outlive the handle. Throws Error(kInternal).
CurlHandle make_curl(char* error);

// The same for a handle that was used: it keeps its connections, and nothing else.
void set_common(CURL* handle, char* error);

void append(CurlList& list, const std::string& text);

// Runs a transfer. Throws Error of the kind that fits, with `subject` before the reason.
void perform(const CurlHandle& handle, const char* error, const std::string& subject);

}  // namespace http
