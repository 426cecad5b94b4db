#include "http/client.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/words.h"
#include "http/curl.h"

namespace http {
namespace {

constexpr size_t kLargestBody = size_t{16} << 20;
constexpr size_t kLargestHeaders = size_t{256} << 10;

struct Collector {
  Response response;
  size_t header_bytes = 0;
};

size_t take_body(char* bytes, size_t size, size_t count, void* collector) {
  std::string& body = static_cast<Collector*>(collector)->response.body;
  if (body.size() + size * count > kLargestBody) return 0;  // which makes curl fail
  body.append(bytes, size * count);
  return size * count;
}

size_t take_header(char* bytes, size_t size, size_t count, void* collector) {
  auto& [response, header_bytes] = *static_cast<Collector*>(collector);
  const std::string_view line(bytes, size * count);
  header_bytes += line.size();
  if (header_bytes > kLargestHeaders) return 0;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
    value.remove_suffix(1);
  const std::string name = base::lower_case(line.substr(0, colon));
  std::string& known = response.headers[name];
  const bool is_list = name == "link" && !known.empty();  // the others have one value
  known = is_list ? known + ", " + std::string(value) : std::string(value);
  return line.size();
}

// What of a URL may stand in a message: a webhook's path is its password.
std::string origin_of(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::string origin = url.substr(0, url.find_first_of("/?#", host));
  const size_t at = origin.rfind('@');
  return at == std::string::npos ? origin : origin.substr(0, host) + origin.substr(at + 1);
}

void set_tls(CURL* curl, const Options& options) {
  const bool names_ca = !options.ca.empty() || !options.ca_directory.empty();
  if (names_ca) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca.empty() ? nullptr : options.ca.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH,
                     options.ca_directory.empty() ? nullptr : options.ca_directory.c_str());
  }
  if (!options.certificate.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, options.certificate.c_str());
  if (!options.key.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key.c_str());
}

// The URL with the name that the certificate must have in place of its host, which is still connected to and
// asked for.
std::string url_by_name(std::string url, const std::string& name, CurlList& headers, CurlList& detour) {
  const size_t begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::string authority = url.substr(begin, end - begin);
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  const std::string host = authority.substr(0, colon);
  append(headers, "Host: " + authority);
  append(detour, "::" + host + ":");
  return url.replace(begin, host.size(), name);
}

}  // namespace

Request::~Request() {
  for (auto& [name, value] : headers) base::wipe(value);
  base::wipe(body);
}

Response::~Response() { base::wipe(body); }

struct CurlClient::Connections {
  char error[CURL_ERROR_SIZE];
  CurlHandle handle = make_curl(error);
};

CurlClient::CurlClient(Options options) : options_(std::move(options)) {}
CurlClient::~CurlClient() = default;

Response CurlClient::exchange(const Request& request) {
  if (!connections_) connections_ = std::make_unique<Connections>();
  CURL* curl = connections_->handle.get();
  set_common(curl, connections_->error);
  Collector collector;
  CurlList headers;
  for (const auto& [name, value] : request.headers) append(headers, name + ": " + value);
  append(headers, "Expect:");
  CurlList detour;
  const std::string url = options_.server_name.empty()
                              ? request.url
                              : url_by_name(request.url, options_.server_name, headers, detour);
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, detour.get());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collector);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &collector);
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (request.is_sent_once) {
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  }
  set_tls(curl, options_);
  try {
    perform(connections_->handle, connections_->error, origin_of(request.url));
  } catch (const base::Error&) {
    long sent = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
    was_sent_ = sent > 0;
    throw;
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  collector.response.status = static_cast<int>(status);
  return std::move(collector.response);
}

}  // namespace http
