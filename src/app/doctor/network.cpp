// Names, ports, peers and registers.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "../files.hpp"
#include "doctor.hpp"
#include "exchange/authorities.hpp"
#include "net/net.hpp"
#include "registry/join.hpp"

namespace minben::app::doctor {

namespace fs = std::filesystem;

namespace {

/// Closes itself.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

int resolve(const std::string& host, std::uint16_t port, int flags, Addresses& into) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int outcome = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                    std::to_string(port).c_str(), &hints, &list);
  into.reset(list);
  return outcome;
}

/// 0, or errno; ETIMEDOUT after `timeout`.
int try_connect(const addrinfo& address, milliseconds timeout) {
  const Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd entry{socket.get(), POLLOUT, 0};
  if (::poll(&entry, 1, static_cast<int>(timeout.count())) <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

struct WebAddress {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<WebAddress> web_address(std::string_view url) {
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return std::nullopt;
  url.remove_prefix(secure ? 8 : 7);
  url = url.substr(0, url.find_first_of("/?#"));
  WebAddress address{std::string(url), static_cast<std::uint16_t>(secure ? 443 : 80)};
  const auto colon = url.rfind(':');
  if (colon != url.npos && url.find(']', colon) == url.npos) {
    const auto port = parse_integer(url.substr(colon + 1), 1, 65535);
    if (!port) return std::nullopt;
    address = {std::string(url.substr(0, colon)), static_cast<std::uint16_t>(*port)};
  }
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  return address.host.empty() ? std::nullopt : std::optional(address);
}

/// The exchange's roots as a file, for as long as a check takes.
class AnchorFile {
 public:
  AnchorFile(const fs::path& folder, const exchange::Configuration& configuration)
      : path_(folder / fmt::format("doctor-{}.pem", ::getpid())) {
    written_ = write_file(path_, configuration.trust_anchors_pem()).has_value();
  }
  ~AnchorFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  AnchorFile(const AnchorFile&) = delete;
  AnchorFile& operator=(const AnchorFile&) = delete;
  [[nodiscard]] bool written() const { return written_; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool written_ = false;
};

/// IMF-fixdate (RFC 9110 §5.6.7): "Sun, 29 Nov 2026 23:54:26 GMT"; taken for the middle of its
/// second.
std::optional<Instant> http_date(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return Instant(seconds(::timegm(&parts)) + milliseconds(500));
}

Finding explain_tls(const std::string& subject, const Error& error) {
  if (error.code == "tls_certificate" || error.code == "tls_key" || error.code == "tls_server_ca")
    return fault(
        "tls_refused", subject,
        fmt::format("Not tried: our own certificate or key cannot be used ({}).", error.field),
        "See what is said about it above.");
  const bool theirs = error.detail.contains("certificate verify failed");
  if (theirs)
    return fault("peer_certificate_refused", subject,
                 "It shows a certificate that the exchange does not vouch for, that has ended, or "
                 "that is for another host name.",
                 "Its agency should run `minben gateway doctor`; tell its operators.");
  return fault("tls_refused", subject,
               fmt::format("Something answers there, but not with TLS 1.3 for us ({}: {}).",
                           error.code, error.detail),
               "Look whether our own certificate is good (above), and whether the port is really "
               "that of a gateway.");
}

}  // namespace

Finding check_reachable(std::string_view subject, const std::string& host, std::uint16_t port,
                        milliseconds timeout) {
  Addresses addresses(nullptr, &::freeaddrinfo);
  if (const int outcome = resolve(host, port, 0, addresses); outcome != 0)
    return fault("name_unknown", subject,
                 fmt::format("The name {} cannot be resolved ({}).", host, ::gai_strerror(outcome)),
                 fmt::format("Look for a typing error; try `getent hosts {}`; ask those who run "
                             "the name server.",
                             host));
  int last = 0;
  for (const addrinfo* one = addresses.get(); one; one = one->ai_next) {
    last = try_connect(*one, timeout);
    if (last == 0) return fine(subject, fmt::format("{}:{} can be reached", host, port));
  }
  if (last == ECONNREFUSED)
    return fault("port_closed", subject,
                 fmt::format("{} answers, but nobody listens on its port {}.", host, port),
                 "Is it started there? Is the port right?");
  return fault("no_answer", subject,
               fmt::format("No connection to {}:{} ({}).", host, port, std::strerror(last)),
               "Look at firewalls between here and there, and at routes.");
}

Finding check_port_free(const std::string& address, std::uint16_t port) {
  const std::string subject = fmt::format("{}:{}", address, port);
  Addresses addresses(nullptr, &::freeaddrinfo);
  if (resolve(address, port, AI_PASSIVE | AI_NUMERICHOST, addresses) != 0)
    return fault("address_not_here", subject, "This is no numeric address.",
                 "Use an address of this machine, or 0.0.0.0 for all of them.");
  const Socket socket(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), addresses->ai_addr, addresses->ai_addrlen) == 0 &&
      ::listen(socket.get(), 1) == 0)
    return fine(subject, "free for the gateway to listen on");
  if (errno == EADDRINUSE)
    return fault("port_in_use", subject,
                 "Another program listens there, and it is not our gateway.",
                 fmt::format("Find it with `ss -ltnp sport = :{}`; stop it, or change the port in "
                             "gateway.json.",
                             port));
  if (errno == EACCES)
    return fault("port_forbidden", subject, "This user may not listen on a port below 1024.",
                 "Use a higher port, or give the program CAP_NET_BIND_SERVICE.");
  return fault("address_not_here", subject, "This machine does not have that address.",
               "Use an address of this machine, or 0.0.0.0 for all of them.");
}

Finding check_register(std::string_view service, const std::string& url) {
  const std::string subject = fmt::format("{} at {}", service, url);
  const auto address = web_address(url);
  if (!address)
    return fault("register_unreachable", subject, "This is no http or https address.",
                 "Correct it in gateway.json, under \"registers\".");
  Finding reached = check_reachable(subject, address->host, address->port);
  if (reached.severity != Severity::fine) {
    reached.code = "register_unreachable";
    reached.remedy += " Callers of this service get 502 meanwhile.";
    return reached;
  }
  net::Client client({.timeout_ms = patience});
  const auto answer = client.send({.url = url});
  if (!answer && url.starts_with("http://"))
    return fault("register_unreachable", subject,
                 fmt::format("It takes connections but gives no HTTP answer ({}).",
                             describe(answer.error())),
                 "Look at the register itself.");
  if (answer && answer->status >= 500)
    return warning("register_failing", subject,
                   fmt::format("It answers with status {}.", answer->status),
                   "Look at the register's own log.");
  return fine(subject, "answers");
}

Finding check_peer(const exchange::Member& member, const exchange::GatewayEntry& peer,
                   const gateway::GatewayConfig& own, const exchange::Configuration& configuration,
                   const Clock& clock) {
  const std::string subject = fmt::format("{}/{} at {}", member.code.value, peer.name, peer.url);
  const auto address = registry::read_gateway_url(peer.url);
  if (!address)
    return fault("name_unknown", subject, "The registry publishes no usable address for it.",
                 "Tell the officers of the exchange.");
  Finding reached = check_reachable(subject, address->host, address->port);
  if (reached.severity != Severity::fine || !fs::exists(own.tls_certificate)) return reached;
  const AnchorFile anchors(own.state_directory, configuration);
  if (!anchors.written())
    return warning("folder_not_writable", subject, "Not tried: no place for the list of roots.",
                   "See the state folder above.");
  net::Client client(
      {.tls = gateway::own_tls(own), .server_ca_pem = anchors.path(), .timeout_ms = patience});
  const auto answer = client.send({.url = peer.url + "/"});  // any answer will do
  if (!answer) return explain_tls(subject, answer.error());
  const auto info = trust::read_certificate(as_bytes(answer->peer_certificate_der));
  const std::string holder = info ? holder_of(configuration, *info) : "nobody";
  if (holder != member.code.value)
    return fault("peer_other_member", subject,
                 fmt::format("There answers the gateway of \"{}\" instead.", holder),
                 "Name server and port forwarding may lead to the wrong machine; tell the "
                 "officers of the exchange.");
  // The handshake has seen the certificates between an outside authority's and its root; here they
  // are not at hand.
  const bool outside =
      std::ranges::find(peer.tls_certificates, info->fingerprint) != peer.tls_certificates.end();
  const auto validator = exchange::path_validator(configuration);
  const auto sound = outside ? info
                     : validator
                         ? validator->check(as_bytes(answer->peer_certificate_der), clock.now(),
                                            trust::Usage::tls_server)
                         : Result<trust::CertificateInfo>(std::unexpected(validator.error()));
  if (!sound)
    return fault(
        "peer_certificate_refused", subject,
        fmt::format("It shows a certificate that must not be accepted any more ({}: {}).",
                    sound.error().code, sound.error().detail),
        "Its agency must renew it; tell its operators. Do not send it anything meanwhile.");
  if (const auto theirs = http_date(answer->headers.get("Date")))
    if (Finding off = check_clock("clock of " + subject, *theirs, clock.now());
        off.severity != Severity::fine)
      return off;
  return fine(subject, "reached, certificates accepted on both sides");
}

Findings check_peers(const gateway::GatewayConfig& own,
                     const exchange::Configuration& configuration, const Clock& clock) {
  Findings findings;
  for (const exchange::Member& member : configuration.members)
    for (const exchange::GatewayEntry& peer : member.gateways)
      if (member.code != own.member)
        findings.push_back(check_peer(member, peer, own, configuration, clock));
  const bool one_is_well = std::ranges::any_of(
      findings, [](const Finding& one) { return one.severity == Severity::fine; });
  for (Finding& one : findings)
    if (one_is_well && one.severity == Severity::fault) one.severity = Severity::warning;
  return findings;
}

Findings check_own_address(const gateway::GatewayConfig& config,
                           const exchange::Configuration& configuration) {
  Findings findings;
  const exchange::Member* member = configuration.member(config.member.value);
  if (!member) return findings;
  for (const exchange::GatewayEntry& entry : member->gateways) {
    const auto address = registry::read_gateway_url(entry.url);
    if (!address) continue;
    Finding found =
        check_reachable(fmt::format("our own address {}", entry.url), address->host, address->port);
    if (found.severity == Severity::fault) {
      // Some networks do not let a machine reach itself by its outside address.
      found.severity = Severity::warning;
      found.remedy += " Others may reach it all the same: ask one to run the doctor.";
    }
    findings.push_back(std::move(found));
  }
  return findings;
}

namespace {

/// What to do about a gateway that says that it is unwell.
std::string_view remedy_for(std::string_view problem) {
  if (problem.ends_with("timestamp_overdue"))
    return "A timestamp authority of the configuration must answer again; its /status has the last "
           "error. Traffic goes on by itself then.";
  if (problem.ends_with("configuration_expired"))
    return "See what is said about the configuration.";
  return "See what is said about its certificates and about what the registry publishes.";
}

std::optional<Finding> first_warning(const std::string& place, const Json& health) {
  const Json* list = find(health, "warnings");
  if (list == nullptr || !list->is_array() || list->as_array().empty()) return std::nullopt;
  const Json& one = list->as_array().front();
  return warning("gateway_warns", place,
                 fmt::format("The gateway runs and warns: {} ({}).", string_or(one, "code"),
                             string_or(one, "detail")),
                 "Look after it before it becomes a refusal; its /status tells more.");
}

}  // namespace

Running look_for_gateway(const gateway::GatewayConfig& config) {
  net::Client client({.timeout_ms = patience});
  const auto answer = client.send(
      {.url = fmt::format("http://{}:{}/health", config.client_address, config.client_port)});
  if (!answer) return {};
  const auto json = parse_json(answer->body);
  const std::string place = fmt::format("port {}", config.client_port);
  if (answer->status == 200 && json && string_or(*json, "member") == config.member.value)
    return {true, first_warning(place, *json)};
  if (answer->status != 503 || !json) return {};
  return {true, fault("gateway_unwell", place,
                      fmt::format("The gateway runs and says: {} ({}).", string_or(*json, "title"),
                                  string_or(*json, "detail")),
                      remedy_for(string_or(*json, "type")))};
}

}  // namespace minben::app::doctor
