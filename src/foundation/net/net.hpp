#pragma once
// HTTP/1.1 server and client, TLS 1.3, routing, problem details, forms, uploads, server-sent
// events. Handlers never see Beast or Asio.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace minben::net {

consteval std::size_t operator""_KiB(unsigned long long n) { return n << 10; }
consteval std::size_t operator""_MiB(unsigned long long n) { return n << 20; }

enum class Method { get, head, post, put, del, patch };
std::string_view to_string(Method method);

/// Header fields in order of arrival; names compare without case (RFC 9110 §5.1).
class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);          ///< replaces all of that name
  [[nodiscard]] std::string_view get(std::string_view name) const;  ///< first, or ""
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A file that arrived in a multipart/form-data part: already on disk in the server's upload
/// directory, removed when the request ends unless moved away. Name and type are what the client
/// claims; nothing may rely on them.
struct Upload {
  std::string field;
  std::string file_name;
  std::string claimed_type;
  std::filesystem::path path;
  std::size_t size = 0;
  std::string sha256_hex;
};

/// Fields of a query, of application/x-www-form-urlencoded or multipart/form-data. UTF-8 checked.
class Form {
 public:
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  [[nodiscard]] std::string_view get(std::string_view name) const;  ///< first, or ""
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }
  std::vector<Upload> uploads;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// What the guard learnt about the caller. Rooms above derive from it; net never looks inside.
struct Caller {
  virtual ~Caller() = default;
};

struct Request {
  Method method = Method::get;
  std::string target;  ///< as received: path[?query]
  std::string path;    ///< decoded segments re-joined; "..", "%2e%2e", "%2f" and NUL were refused
  std::vector<std::pair<std::string, std::string>> parameters;  ///< from {name} in the pattern
  Form query;
  Headers headers;
  std::string body;  ///< empty when the body was a form (then see form)
  Form form;
  std::string remote_address;        ///< numeric, without port
  std::string peer_certificate_der;  ///< verified client certificate under mutual TLS, or ""
  std::shared_ptr<Caller> caller;    ///< set by the guard

  [[nodiscard]] std::string_view parameter(
      std::string_view name) const;                                    ///< "" when not in pattern
  [[nodiscard]] std::string_view cookie(std::string_view name) const;  ///< first, or ""
};

/// Where a handler sends server-sent events (WHATWG HTML §9.2). Thread-safe. Slow readers lose the
/// connection rather than memory: at most 256 events wait.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// False once the client is gone.
  virtual bool send(std::string_view event, std::string_view data, std::string_view id = {}) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual bool open() const = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::filesystem::path file;                                ///< when set: streamed instead of body
  std::function<void(std::shared_ptr<EventStream>)> events;  ///< when set: text/event-stream

  static Response html(std::string body, int status = 200);
  static Response json(const Json& value, int status = 200);
  static Response text(std::string body, int status = 200);
  static Response bytes(std::string body, std::string_view content_type);
  static Response see_other(std::string_view location);  ///< 303
  static Response send_file(std::filesystem::path path, std::string_view content_type);
  static Response event_stream(std::function<void(std::shared_ptr<EventStream>)> start);
  /// RFC 9457 application/problem+json: type = "urn:minben:problem:<code>", title, status, detail,
  /// and errors[] with field and line for each further error.
  static Response problem(const Error& error, std::span<const Error> more = {});
};

int http_status(Kind kind);

/// Who may call a route. There is no default; rooms above define the values
/// (`inline constexpr Access anyone{"anyone"};`) and their guard gives each a meaning.
struct Access {
  std::string_view name;
  friend constexpr bool operator==(const Access&, const Access&) = default;
};

using Handler = std::function<Response(Request&)>;

struct FlowHandler;     // flow.hpp
struct ChannelHandler;  // flow.hpp

/// Routes are data. Pattern segments are literal, `{name}` (one segment) or a last `{name...}`
/// (the rest). A literal beats a parameter. Two routes that match the same requests are refused at
/// start.
struct Route {
  Method method;
  std::string pattern;
  Access access;
  std::size_t max_body;  ///< bytes; larger bodies get 413 before they are read whole
  Handler handler;
  /// Instead of a handler: takes the request as it comes (flow.hpp). Guard and finish are not
  /// asked.
  std::shared_ptr<const FlowHandler> flow{};
};

struct TlsConfig {
  std::filesystem::path certificate_pem;  ///< chain
  std::filesystem::path key_pem;
  std::filesystem::path client_ca_pem{};  ///< not empty: clients must show a certificate of this CA
  /// Instead of key_pem, for a key that is not in a file; asked whenever the files are read.
  std::function<Result<std::shared_ptr<evp_pkey_st>>()> key{};
  /// Of servers, on each handshake: the newest OCSP response (RFC 6960, DER) for the own
  /// certificate, which clients that ask get with it (RFC 8446 §4.4.2.1); "" = none. Thread-safe.
  std::function<std::string()> ocsp_response{};
};

struct ServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::optional<TlsConfig> tls;
  int io_threads = 1;
  int workers = 8;        ///< handlers that run at once
  int max_waiting = 512;  ///< requests waiting for a worker; more get 503 with Retry-After
  /// When there are more, who has waited for longest without a request under way is closed.
  int max_connections = 4096;
  int requests_per_second_per_address = 0;  ///< 0: not limited; otherwise 429 with Retry-After
  std::size_t max_header_bytes = 16u << 10;
  seconds idle_timeout_s{60};
  seconds read_timeout_s{60};  ///< for one whole request
  std::filesystem::path upload_directory = std::filesystem::temp_directory_path();
  std::size_t max_fields = 1000;
  /// ALPN name → who takes such a connection instead of HTTP (flow.hpp). Under TLS only.
  std::map<std::string, std::shared_ptr<const ChannelHandler>> channels{};
};

/// Parse → route → guard → handler → finish → write.
class Server {
 public:
  /// Decides on route.access and sets request.caller; a Response means refused.
  using Guard = std::function<std::optional<Response>(const Route&, Request&)>;
  /// Last touch on every answer, refusals and errors included (security headers, cookies, log).
  using Finish = std::function<void(const Request&, Response&)>;
  /// Pages for errors that net itself answers (404, 405, 413, 429, 503); default: problem+json.
  using ErrorPage = std::function<Response(const Request&, const Error&)>;

  struct Hooks {
    Guard guard;
    Finish finish;
    ErrorPage error_page;
  };

  /// Binds, or fails with "address_in_use" and the like.
  static Result<std::unique_ptr<Server>> start(const ServerConfig& config,
                                               std::vector<Route> routes, Hooks hooks);
  ~Server();  ///< stops
  [[nodiscard]] std::uint16_t port() const;
  /// New connections get the certificates that are in the TLS files now; those that are open stay.
  /// Errors as start's; then nothing has changed.
  Result<void> renew_tls();
  /// Stops accepting, lets running handlers finish (at most 5 s), closes.
  void stop();
  struct Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// ----------------------------------------------------------------------------------- client

struct ClientConfig {
  std::optional<TlsConfig> tls{};         ///< own certificate for mutual TLS
  std::filesystem::path server_ca_pem{};  ///< trust anchor for https; required for https
  milliseconds timeout_ms{10000};         ///< for the whole exchange
  std::size_t max_response_bytes = 16u << 20;
  int max_idle_connections = 16;  ///< kept alive per host and port
};

struct ClientRequest {
  Method method = Method::get;
  std::string url{};  ///< http:// or https://; redirects are not followed
  Headers headers{};
  std::string body{};
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  std::string peer_certificate_der;
};

/// Blocking, pooled keep-alive connections. Thread-safe. An answer of any status is a value; errors
/// are refused, timed-out or broken connections ("connect_failed", "timeout", "tls_failed" …). A
/// request is sent a second time only when it is GET or HEAD and a kept connection was already
/// closed.
class Client {
 public:
  explicit Client(ClientConfig config);
  ~Client();
  Result<ClientResponse> send(const ClientRequest& request);
  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// ------------------------------------------------------------------------------------- mail

struct Mail {
  std::string to;
  std::string subject;
  std::string text;  ///< plain, UTF-8
};

/// RFC 5321 to one relay ("127.0.0.1:1025"), without authentication, as inside a data centre.
/// Header injection is refused ("bad_address").
Result<void> send_mail(std::string_view relay, std::string_view from, const Mail& mail,
                       const Clock& clock);

// ------------------------------------------------------------------------------------- text

bool is_token(std::string_view name);               ///< RFC 9110 §5.6.2, as names of fields are
std::string percent_encode(std::string_view text);  ///< RFC 3986 unreserved stay
Result<std::string> percent_decode(std::string_view text);
Result<Form> parse_urlencoded(std::string_view body, std::size_t max_fields = 1000);
std::string write_urlencoded(std::span<const std::pair<std::string, std::string>> fields);

}  // namespace minben::net
