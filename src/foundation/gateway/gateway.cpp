#include <fstream>

#include <spdlog/spdlog.h>

#include "asking.hpp"
#include "delivery.hpp"
#include "error_form.hpp"
#include "files.hpp"
#include "gauges.hpp"
#include "log_level.hpp"
#include "monitoring.hpp"
#include "proving.hpp"
#include "serving.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

namespace {

constexpr net::Access client_side{"client_side"};      ///< token of a subsystem, checked by Asking
constexpr net::Access local{"local"};                  ///< health and status: nothing about persons
constexpr net::Access administrator{"administrator"};  ///< secret of its own, by LogLevel
constexpr net::Access witnessing{"witnessing"};  ///< a checkpoint's signature is all that counts

Result<void> write_trust_anchor(const GatewayConfig& config, const Configuration& configuration) {
  std::ofstream file(config.state_directory / "trust-anchor.pem", std::ios::binary);
  file << configuration.trust_anchors_pem();
  file.close();
  if (!file)
    return fail(Kind::unavailable, "no_state_directory", "cannot be written",
                config.state_directory.string());
  return {};
}

// A gateway whose key is not the one that the registry published would only be refused by others.
Result<void> check_identity(const GatewayConfig& config, const Configuration& configuration,
                            const trust::SigningKey& key) {
  const Member* self = configuration.member(config.member.value);
  if (!self)
    return fail(Kind::invalid, "not_a_member", "the registry does not know this member",
                config.member.value);
  const bool published = std::ranges::any_of(self->gateways, [&](const GatewayEntry& gateway) {
    return gateway.signing_key == key.verify_key();
  });
  if (!published)
    return fail(Kind::invalid, "other_key", "the registry knows another key",
                config.signing_key.string());
  return {};
}

/// Whatever it is: health is good or 503.
Error unwell(Error cause) {
  cause.kind = Kind::unavailable;
  return cause;
}

Result<Sealer> load_sealer(const GatewayConfig& config) {
  MINBEN_TRY(key, config.seal_key.open());
  auto certificate = read_certificate_file(config.seal_certificate);
  if (!certificate)
    return fail(Kind::invalid, "seal_certificate", describe(certificate.error()),
                config.seal_certificate.string());
  return Sealer::make(std::move(key), std::move(*certificate));
}

}  // namespace

struct Gateway::Impl {
  Impl(GatewayConfig gateway_config, const Clock& gateway_clock, Random& gateway_random,
       trust::SigningKey signing_key)
      : config(std::move(gateway_config)),
        clock(gateway_clock),
        random(gateway_random),
        key(std::move(signing_key)) {}

  Result<void> start();
  Result<void> start_client_side();
  Result<void> start_peer_side();
  [[nodiscard]] net::Response refusal(const net::Request& request, const Error& error) const;
  [[nodiscard]] net::Response clients(const net::Request& request) const;
  [[nodiscard]] net::Response health() const;
  [[nodiscard]] net::Response status() const;
  Result<void> start_monitoring();
  Result<void> take_anchors(const Configuration& configuration);
  std::vector<net::Route> operations_routes();
  net::Response measured();
  Parts parts() {
    return {config, clock, random, *directory, *journal, *signing, *standing, counters, metrics};
  }
  void stop();

  const GatewayConfig config;
  const Clock& clock;
  Random& random;
  const trust::SigningKey key;
  std::optional<trust::SigningKey> tls_key;  ///< libssl has it too; here for its health
  Instant started_at{};
  std::string trust_anchors;  ///< that libssl has; by the directory's thread, one at a time
  Counters counters;
  Metrics metrics;
  std::unique_ptr<Standing> standing;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Witnessed> witnessed;
  std::unique_ptr<Signing> signing;
  std::unique_ptr<Delivery> delivery;
  std::unique_ptr<Monitoring> monitoring;
  std::unique_ptr<LogLevel> log_level;
  std::unique_ptr<Proving> proving;
  std::unique_ptr<Asking> asking;
  std::unique_ptr<Serving> serving;
  std::unique_ptr<net::Server> client_server;
  std::unique_ptr<net::Server> peer_server;
};

Result<void> Gateway::Impl::start() {
  started_at = clock.now();
  std::error_code error;
  std::filesystem::create_directories(config.state_directory, error);
  standing = std::make_unique<Standing>(config, clock, random);
  MINBEN_TRY(opened, Directory::open(config, *standing, clock));
  directory = std::move(opened);
  const auto view = directory->view();
  MINBEN_CHECK(check_identity(config, view->configuration, key));
  MINBEN_TRY(sealer, load_sealer(config));
  MINBEN_TRY(opened_key, config.tls_key.open());
  tls_key = std::move(opened_key);
  signing = std::make_unique<Signing>(sealer, clock);
  MINBEN_TRY(messages, Journal::open(config.state_directory, config.member, key, *signing, random));
  journal = std::move(messages);
  MINBEN_TRY(provable, Proving::open(config, *journal, std::move(sealer), clock, random));
  proving = std::move(provable);
  MINBEN_CHECK(directory->on_adopted([this](const Configuration& newer) -> Result<void> {
    MINBEN_CHECK(proving->keep(newer));
    standing->take(std::make_shared<const Configuration>(newer));
    return take_anchors(newer);
  }));
  MINBEN_TRY(witnesses, Witnessed::open(config, *journal, clock));
  witnessed = std::move(witnesses);
  MINBEN_CHECK(start_monitoring());
  const Parts parts = this->parts();
  asking = std::make_unique<Asking>(parts);
  MINBEN_TRY(metaservices, Metaservices::read(config));
  serving = std::make_unique<Serving>(parts, std::move(metaservices));
  MINBEN_CHECK(start_peer_side());
  directory->start(config.refresh_s);
  standing->start();
  MINBEN_TRY(delivering, Delivery::start(config, *journal, key, random, [this] {
               return directory->view()->configuration.usage_url;
             }));
  delivery = std::move(delivering);
  MINBEN_CHECK(start_client_side());  // answers for all that was started before
  witnessed->start();
  return {};
}

/// Connections that are made from now on; who is at the end of an open one is checked again with
/// each configuration anyway.
Result<void> Gateway::Impl::take_anchors(const Configuration& configuration) {
  std::string anchors = configuration.trust_anchors_pem();
  if (anchors == trust_anchors) return {};
  MINBEN_CHECK(write_trust_anchor(config, configuration));
  trust_anchors = std::move(anchors);
  if (peer_server) MINBEN_CHECK(peer_server->renew_tls());
  return asking ? asking->renew_tls() : Result<void>();
}

// What is in the log names no person: no path, no user, no case.
Result<void> Gateway::Impl::start_monitoring() {
  MINBEN_TRY(watching, Monitoring::open(config, *directory, *journal, clock, random));
  monitoring = std::move(watching);
  MINBEN_TRY(level, LogLevel::open(config.state_directory, clock, random));
  log_level = std::move(level);
  journal->watch(
      clock, [this](const ExchangeRecord& record, const Result<void>& outcome, Instant now) {
        metrics.recorded(record, outcome, now);
        monitoring->recorded(record, outcome, now);
        if (!spdlog::should_log(spdlog::level::debug)) return;
        spdlog::debug(
            "{} {} {} {} {} {:.1f} ms request={} trace={}",
            record.role == Role::asked ? "asked" : "served", record.method,
            to_string(record.service), record.status, outcome ? record.error : outcome.error().code,
            milliseconds_between(record.received_at, now), record.request_id, record.trace);
      });
  return {};
}

std::vector<net::Route> Gateway::Impl::operations_routes() {
  using net::Method;
  using net::Request;
  return {
      {Method::get, "/metrics", local, 0, [this](Request&) { return measured(); }},
      {Method::get, "/opmon", client_side, 0,
       [this](Request& request) { return monitoring->records(request); }},
      {Method::get, "/opmon/health", client_side, 0,
       [this](Request& request) { return monitoring->health(request); }},
      {Method::post, "/log-level", administrator, 4096,
       [this](Request& request) { return log_level->handle(request); }},
  };
}

Result<void> Gateway::Impl::start_client_side() {
  net::ServerConfig server;
  server.address = config.client_address;
  server.port = config.client_port;
  server.io_threads = config.threads;
  auto routes =
      service_routes(client_side, config.max_stream,
                     net::flow_handler([this](net::Flow& flow) { return asking->handle(flow); }));
  routes.push_back(
      {net::Method::get, "/health", local, 0, [this](net::Request&) { return health(); }});
  routes.push_back(
      {net::Method::get, "/status", local, 0, [this](net::Request&) { return status(); }});
  routes.push_back({net::Method::get, "/asic", client_side, 0,
                    [this](net::Request& request) { return proving->handle(request); }});
  routes.push_back({net::Method::get, "/listClients", local, 0,
                    [this](net::Request& request) { return clients(request); }});
  std::ranges::move(ledger::log_routes(journal->logs(), "/ledger", local),
                    std::back_inserter(routes));
  std::ranges::move(witnessed->routes(witnessing), std::back_inserter(routes));
  std::ranges::move(operations_routes(), std::back_inserter(routes));
  net::Server::Hooks hooks;
  hooks.error_page = [this](const net::Request& request, const Error& error) {
    return error_form(config, request.headers) == ErrorForm::x_road ? refusal(request, error)
                                                                    : net::Response::problem(error);
  };
  MINBEN_TRY(started, net::Server::start(server, std::move(routes), std::move(hooks)));
  client_server = std::move(started);
  return {};
}

Result<void> Gateway::Impl::start_peer_side() {
  net::ServerConfig server;
  server.address = config.peer_address;
  server.port = config.peer_port;
  server.tls = own_tls(config);
  server.tls->client_ca_pem = config.state_directory / "trust-anchor.pem";
  server.tls->ocsp_response = [this] { return standing->own_tls(); };
  server.io_threads = config.threads;
  server.channels[std::string(channel_protocol)] =
      net::channel_handler([this](net::Channel& channel) { return serving->run(channel); });
  MINBEN_TRY(started, net::Server::start(server, witnessed->routes(witnessing), {}));
  peer_server = std::move(started);
  return {};
}

net::Response Gateway::Impl::refusal(const net::Request& request, const Error& error) const {
  net::Response response = problem(error);
  if (error_form(config, request.headers) == ErrorForm::x_road)
    tell_as_x_road(response, error, Refuser::own, minben::to_string(new_uuid(clock, random)),
                   request.headers);
  return response;
}

net::Response Gateway::Impl::clients(const net::Request& request) const {
  const auto view = directory->valid();
  if (!view) return refusal(request, view.error());
  auto listed = list_clients((*view)->configuration, request);
  return listed ? std::move(*listed) : refusal(request, listed.error());
}

net::Response Gateway::Impl::health() const {
  const auto valid = directory->valid();
  if (!valid) return net::Response::problem(valid.error());
  for (const auto& able : {signing->check(), tls_key->check(), standing->check_own()})
    if (!able) return net::Response::problem(unwell(able.error()));
  return net::Response::json(JsonObject{{"status", "ok"}, {"member", config.member.value}});
}

net::Response Gateway::Impl::measured() {
  return net::Response::bytes(metrics.text(measure(parts(), *delivery)),
                              "text/plain; version=0.0.4; charset=utf-8");
}

net::Response Gateway::Impl::status() const {
  const auto view = directory->view();
  const Configuration* configuration = &view->configuration;
  return net::Response::json(JsonObject{
      {"member", config.member.value},
      {"started_at", minben::to_string(started_at)},
      {"configuration",
       {{"instance", configuration->instance},
        {"version", configuration->version},
        {"issued_at", minben::to_string(configuration->issued_at)},
        {"expires_at", minben::to_string(configuration->expires_at)}}},
      {"requests",
       {{"asked", counters.asked.load()},
        {"asked_refused", counters.asked_refused.load()},
        {"served", counters.served.load()},
        {"served_refused", counters.served_refused.load()}}},
      {"usage",
       {{"waiting", journal->waiting()},
        {"delivered", delivery->delivered()},
        {"refused", delivery->refused()}}},
      {"ledger",
       {{"size", journal->log().size()},
        {"key", journal->log().vkey()},
        {"witnesses", witnessed->status()}}},
  });
}

void Gateway::Impl::stop() {
  if (client_server) client_server->stop();
  if (peer_server) peer_server->stop();
  if (witnessed) witnessed->stop();
  if (delivery) delivery->stop();
  if (journal) journal->stop();
  if (directory) directory->stop();
  if (standing) standing->stop();
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() { impl_->stop(); }

Result<std::unique_ptr<Gateway>> Gateway::start(const GatewayConfig& config, const Clock& clock,
                                                Random& random) {
  MINBEN_TRY(key, trust::SigningKey::load(config.signing_key));
  auto impl = std::make_unique<Impl>(config, clock, random, std::move(key));
  if (auto started = impl->start(); !started) {
    impl->stop();
    return std::unexpected(started.error());
  }
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

std::uint16_t Gateway::client_port() const { return impl_->client_server->port(); }
std::uint16_t Gateway::peer_port() const { return impl_->peer_server->port(); }
Result<void> Gateway::refresh() {
  auto refreshed = impl_->directory->refresh();
  static_cast<void>(impl_->standing->refresh());  // what failed is in the log, and in check_own()
  return refreshed;
}
std::size_t Gateway::deliver() {
  impl_->delivery->deliver();
  return impl_->journal->waiting();
}
void Gateway::settle() { impl_->journal->settle(); }
void Gateway::stop() { impl_->stop(); }

int run_gateway(const std::filesystem::path& config_file, const Clock& clock, Random& random,
                const std::atomic<bool>& stop) {
  const auto config = read_gateway_config(config_file);
  if (!config) {
    spdlog::error("{}", describe(config.error()));
    return 2;
  }
  const auto gateway = Gateway::start(*config, clock, random);
  if (!gateway) {
    spdlog::error("{}", describe(gateway.error()));
    return 1;
  }
  spdlog::info("gateway of {} ready", config->member.value);
  while (!stop) std::this_thread::sleep_for(milliseconds(50));
  (*gateway)->stop();
  return 0;
}

}  // namespace minben::gateway
