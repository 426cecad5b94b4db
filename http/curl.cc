#include "http/curl.h"

#include <cstring>

#include "base/error.h"

namespace http {
namespace {

using base::Error;
using base::ErrorKind;

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_LOGIN_DENIED:
      return ErrorKind::kRefused;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::kUsage;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR:
      return ErrorKind::kInvalid;
    default:
      return ErrorKind::kUnreachable;
  }
}

}  // namespace

void CurlDeleter::operator()(curl_slist* list) const {
  for (const curl_slist* entry = list; entry != nullptr; entry = entry->next) {
    explicit_bzero(entry->data, std::strlen(entry->data));
  }
  curl_slist_free_all(list);
}

CurlHandle make_curl(char* error) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  CurlHandle handle(initialized == CURLE_OK ? curl_easy_init() : nullptr);
  if (handle == nullptr) throw Error(ErrorKind::kInternal, "libcurl can't be initialized");
  set_common(handle.get(), error);
  return handle;
}

void set_common(CURL* handle, char* error) {
  curl_easy_reset(handle);
  error[0] = '\0';
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

void append(CurlList& list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) throw Error(ErrorKind::kInternal, "libcurl has no memory");
  (void)list.release();
  list.reset(longer);
}

void perform(const CurlHandle& handle, const char* error, const std::string& subject) {
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return;
  throw Error(kind_of(code), subject + ": " + (*error != '\0' ? error : curl_easy_strerror(code)));
}

}  // namespace http
