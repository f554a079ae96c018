#include <fstream>

#include <spdlog/spdlog.h>

#include "asking.hpp"
#include "bodies.hpp"
#include "delivery.hpp"
#include "error_form.hpp"
#include "files.hpp"
#include "gauges.hpp"
#include "messaging.hpp"
#include "monitoring.hpp"
#include "operating.hpp"
#include "own_keys.hpp"
#include "proving.hpp"
#include "quota_store.hpp"
#include "serving.hpp"
#include "stamping.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

namespace {

/// A connection under TLS takes some 60 kB, and other gateways keep 64 at most.
constexpr int max_peer_connections = 1024;

constexpr net::Access client_side{"client_side"};  ///< token of a subsystem, checked by Asking
constexpr net::Access local{"local"};              ///< health and status: nothing about persons
constexpr net::Access administrative{"administrator"};  ///< secret of its own, by Administrator
constexpr std::size_t forgotten_at_once = 2000;  ///< messages; calls wait meanwhile to be filed
constexpr minutes between_forgetting{10};
constexpr net::Access itself{"itself"};          ///< secret of the process, checked by Messaging
constexpr net::Access witnessing{"witnessing"};  ///< a checkpoint's signature is all that counts

/// For TLS, which reads files. Whether they have changed.
Result<bool> write_trust_anchors(const GatewayConfig& config, const Configuration& configuration) {
  const auto file = config.state_directory / "trust-anchor.pem";
  const std::string anchors = configuration.trust_anchors_pem();
  if (const auto known = read_file(file); known && *known == anchors) return false;
  const auto partial = config.state_directory / "trust-anchor.pem.part";
  std::ofstream out(partial, std::ios::binary);
  out << anchors;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(partial, file, error);
  if (!out || error)
    return fail(Kind::unavailable, "no_state_directory", "cannot be written",
                config.state_directory.string());
  return true;
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

Json to_json(const std::optional<WitnessesState>& state) {
  if (!state) return nullptr;
  JsonArray failures;
  for (const auto& [witness, failure] : state->failures)
    failures.push_back(JsonObject{{"witness", witness}, {"failure", failure}});
  return JsonObject{{"quorum", state->quorum},
                    {"cosigned", state->cosigned},
                    {"complete_size", state->complete_size},
                    {"witnesses", state->known},
                    {"failures", std::move(failures)}};
}

/// Whatever it is: health is good or 503.
Error unwell(Error cause) {
  cause.kind = Kind::unavailable;
  return cause;
}

}  // namespace

struct Gateway::Impl {
  Impl(GatewayConfig gateway_config, const Clock& gateway_clock, Random& gateway_random,
       trust::SigningKey signing_key)
      : config(std::move(gateway_config)),
        clock(gateway_clock),
        random(gateway_random),
        key(std::move(signing_key)) {}

  Result<void> start(const OperatorRoutes& pages);
  Result<void> start_client_side(const OperatorRoutes& pages);
  Result<void> start_peer_side();
  Result<void> adopt(const View& newer);
  void looked();
  Result<void> renew_tls();
  Result<void> open_keys();
  [[nodiscard]] net::Response refusal(const net::Request& request, const Error& error) const;
  [[nodiscard]] net::Response clients(const net::Request& request) const;
  [[nodiscard]] net::Response health() const;
  [[nodiscard]] JsonArray warnings() const;
  [[nodiscard]] Json timestamps() const;
  [[nodiscard]] net::Response status() const;
  Result<void> start_monitoring();
  Result<void> restore_quotas();
  void keep_house(MessageLog& messages, std::int64_t filed);
  Result<void> open_messaging();
  std::vector<net::Route> operations_routes();
  net::Response measured();
  Parts parts() {
    return {config,    clock,   random,    *directory, *journal, *signing,
            *stamping, *bodies, *standing, counters,   metrics,  own};
  }
  void stop();

  const GatewayConfig config;
  const Clock& clock;
  Random& random;
  const trust::SigningKey key;
  OwnSide own{random.token()};
  Instant started_at{};
  Counters counters;
  Metrics metrics;
  Traffic traffic;
  std::optional<Administrator> administrator;
  std::atomic<bool> anchors_changed = false;  ///< in their file, and not yet in TLS
  std::unique_ptr<exchange::CertificateArchive> certificates;
  std::unique_ptr<Standing> standing;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<OwnKeys> keys;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Witnessed> witnessed;
  std::unique_ptr<Signing> signing;
  std::unique_ptr<Delivery> delivery;
  std::unique_ptr<Monitoring> monitoring;
  std::unique_ptr<LogLevel> log_level;
  std::unique_ptr<Stamping> stamping;
  std::unique_ptr<Bodies> bodies;
  std::unique_ptr<Proving> proving;
  std::unique_ptr<Messaging> messaging;
  std::unique_ptr<Asking> asking;
  std::unique_ptr<Serving> serving;
  std::unique_ptr<QuotaStore> quotas;
  Instant next_forgetting{};
  std::unique_ptr<Operating> operating;
  std::unique_ptr<net::Server> client_server;
  std::unique_ptr<net::Server> peer_server;
};

Result<void> Gateway::Impl::start(const OperatorRoutes& pages) {
  started_at = clock.now();
  std::error_code error;
  std::filesystem::create_directories(config.state_directory, error);
  MINBEN_TRY(kept_before, CertificateArchive::open(config.state_directory / "certificates"));
  certificates = std::move(kept_before);
  standing = std::make_unique<Standing>(config, *certificates, clock, random);
  MINBEN_TRY(opened, Directory::open(config, *standing, clock));
  directory = std::move(opened);
  const auto view = directory->view();
  MINBEN_CHECK(check_identity(config, view->configuration, key));
  MINBEN_CHECK(write_trust_anchors(config, view->configuration));
  MINBEN_CHECK(open_keys());
  MINBEN_TRY(messages, Journal::open(config.state_directory, config.member, key, *signing, random));
  journal = std::move(messages);
  MINBEN_TRY(stamps, Stamping::open(config, *journal, *directory, clock, random));
  stamping = std::move(stamps);
  MINBEN_TRY(kept, Bodies::open(config, clock, random));
  bodies = std::move(kept);
  MINBEN_TRY(provable, Proving::open(config, *journal, *directory, *keys, *stamping, *bodies,
                                     *certificates, clock, random));
  proving = std::move(provable);
  MINBEN_CHECK(directory->on_adopted([this](const View& newer) { return adopt(newer); }));
  MINBEN_TRY(witnesses, Witnessed::open(config, *journal, clock));
  witnessed = std::move(witnesses);
  MINBEN_CHECK(start_monitoring());
  MINBEN_CHECK(open_messaging());
  const Parts parts = this->parts();
  asking = std::make_unique<Asking>(parts);
  MINBEN_TRY(metaservices, Metaservices::read(config));
  serving = std::make_unique<Serving>(parts, std::move(metaservices));
  MINBEN_CHECK(restore_quotas());
  journal->at_leisure([this](MessageLog& log, std::int64_t filed) { keep_house(log, filed); });
  MINBEN_CHECK(start_peer_side());
  directory->start(config.refresh_s, [this] { looked(); });
  standing->start();
  MINBEN_TRY(delivering, Delivery::start(config, *journal, key, random, [this] {
               return directory->view()->configuration.usage_url;
             }));
  delivery = std::move(delivering);
  operating = std::make_unique<Operating>(
      parts, Operating::Seen{*administrator, *delivery, traffic, *witnessed, *log_level, *serving,
                             started_at});
  MINBEN_CHECK(start_client_side(pages));  // answers for all that was started before
  own.port = client_server->port();
  messaging->start();
  witnessed->start();
  stamping->start();
  return {};
}

Result<void> Gateway::Impl::open_keys() {
  MINBEN_TRY(opened, OwnKeys::open(config, clock));
  keys = std::move(opened);
  keys->look(*directory->view());  // what became ready while the gateway was down
  signing = std::make_unique<Signing>(keys->sealer(), clock);
  keys->on_change([this](const Sealer& sealer) {
    signing->renew(sealer);
    standing->take(std::make_shared<const Configuration>(directory->view()->configuration));
    return renew_tls();
  });
  return {};
}

/// What is open stays open: both ends close it when it has served, or its certificate is refused.
Result<void> Gateway::Impl::renew_tls() {
  if (peer_server) MINBEN_CHECK(peer_server->renew_tls());
  if (asking) MINBEN_CHECK(asking->renew_tls());
  if (witnessed) witnessed->renew_tls();
  return {};
}

Result<void> Gateway::Impl::adopt(const View& newer) {
  MINBEN_CHECK(certificates->keep(newer.configuration, newer.holders));
  standing->take(std::make_shared<const Configuration>(newer.configuration));
  MINBEN_TRY(changed, write_trust_anchors(config, newer.configuration));
  if (changed) anchors_changed = true;
  return {};
}

/// After each look at the configuration, when it is in use.
void Gateway::Impl::looked() {
  if (anchors_changed.exchange(false))
    if (const auto renewed = renew_tls(); !renewed)
      spdlog::error("new trust anchors: {}", describe(renewed.error()));
  keys->look(*directory->view());
}

Result<void> Gateway::Impl::open_messaging() {
  MINBEN_TRY(opened, Messaging::open(config, own, *directory, clock, random,
                                     {[this](const net::Request& request, const Error& error) {
                                        return refusal(request, error);
                                      },
                                      [this](const net::Request& request) {
                                        return administrator->check(request);
                                      }}));
  messaging = std::move(opened);
  own.keeps = [this](std::string_view service) { return messaging->keeps(service); };
  return {};
}

// What is in the log names no person: no path, no user, no case.
Result<void> Gateway::Impl::start_monitoring() {
  MINBEN_TRY(watching, Monitoring::open(config, *directory, *journal, clock, random));
  monitoring = std::move(watching);
  MINBEN_TRY(known, Administrator::open(config, random));
  administrator = std::move(known);
  log_level = std::make_unique<LogLevel>(clock, *administrator);
  journal->watch(
      clock, [this](const ExchangeRecord& record, const Result<void>& outcome, Instant now) {
        metrics.recorded(record, outcome, now);
        monitoring->recorded(record, outcome, now);
        traffic.add(record, outcome && succeeded(record), now);
        if (!spdlog::should_log(spdlog::level::debug)) return;
        spdlog::debug(
            "{} {} {} {} {} {:.1f} ms request={} trace={}",
            record.role == Role::asked ? "asked" : "served", record.method,
            to_string(record.service), record.status, outcome ? record.error : outcome.error().code,
            milliseconds_between(record.received_at, now), record.request_id, record.trace);
      });
  return {};
}

// What was not restored whole must not be written either.
Result<void> Gateway::Impl::restore_quotas() {
  auto store =
      std::make_unique<QuotaStore>(config.state_directory, clock, serving->decider().counters());
  MINBEN_TRY(messages, MessageLog::open(config.state_directory, random));
  MINBEN_CHECK(store->restore(*messages, directory->view()->configuration));
  quotas = std::move(store);
  return {};
}

// Digests of what is forgotten stay in the ledger.
void Gateway::Impl::keep_house(MessageLog& messages, std::int64_t filed) {
  quotas->save_if_due(filed);
  const Instant now = clock.now();
  if (now < next_forgetting) return;
  const auto forgotten = messages.forget(now - days(config.keep_days), forgotten_at_once);
  if (!forgotten) spdlog::error("forgetting messages: {}", describe(forgotten.error()));
  else if (*forgotten > 0)
    spdlog::info("{} messages were older than {} days", *forgotten, config.keep_days);
  const bool more = forgotten && *forgotten == forgotten_at_once;
  if (!more) next_forgetting = now + between_forgetting;
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
      {Method::post, "/log-level", administrative, 4096,
       [this](Request& request) { return log_level->handle(request); }},
  };
}

Result<void> Gateway::Impl::start_client_side(const OperatorRoutes& pages) {
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
  routes.push_back({net::Method::get, "/asic", client_side, 0, [this](net::Request& request) {
                      standing->write_down();  // the newest answers are evidence as well
                      return proving->handle(request);
                    }});
  routes.push_back({net::Method::get, "/listClients", local, 0,
                    [this](net::Request& request) { return clients(request); }});
  std::ranges::move(ledger::log_routes(journal->logs(), "/ledger", local),
                    std::back_inserter(routes));
  std::ranges::move(witnessed->routes(witnessing), std::back_inserter(routes));
  std::ranges::move(operations_routes(), std::back_inserter(routes));
  if (pages) std::ranges::move(pages(*operating), std::back_inserter(routes));
  std::ranges::move(messaging->routes(client_side, itself, administrative),
                    std::back_inserter(routes));
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
  server.max_connections = max_peer_connections;
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
  if (const auto sound = keys->sound(); !sound) return net::Response::problem(sound.error());
  if (const auto stamped = stamping->check(clock.now()); !stamped)
    return net::Response::problem(stamped.error());
  for (const auto& able : {signing->check(), keys->check_tls_key(), standing->check_own()})
    if (!able) return net::Response::problem(unwell(able.error()));
  return net::Response::json(
      JsonObject{{"status", "ok"}, {"member", config.member.value}, {"warnings", warnings()}});
}

/// What becomes a refusal when nobody looks after it.
JsonArray Gateway::Impl::warnings() const {
  JsonArray list;
  const auto state = stamping->state();
  if (seconds(state.waiting_s) > config.timestamp_grace_s / 4)
    list.push_back(JsonObject{{"code", "timestamp_late"},
                              {"waiting_s", state.waiting_s},
                              {"stops_after_s", config.timestamp_grace_s.count()},
                              {"detail", state.failure}});
  return list;
}

net::Response Gateway::Impl::measured() {
  return net::Response::bytes(metrics.text(measure(parts(), *delivery, messaging->figures())),
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
      {"keys", keys->status()},
      {"timestamps", timestamps()},
      {"messages", messaging->status()},
      {"ledger",
       {{"size", journal->log().size()},
        {"key", journal->log().vkey()},
        {"witnesses", to_json(witnessed->state())}}},
  });
}

Json Gateway::Impl::timestamps() const {
  const auto state = stamping->state();
  if (!state.wanted) return nullptr;
  return JsonObject{{"stamps", state.stamps},
                    {"failures", state.failures},
                    {"waiting_s", state.waiting_s},
                    {"failure", state.failure}};
}

void Gateway::Impl::stop() {
  if (client_server) client_server->stop();
  if (peer_server) peer_server->stop();
  if (messaging) messaging->stop();  // its calls to this gateway have ended now
  if (witnessed) witnessed->stop();
  if (stamping) stamping->stop();
  if (bodies) bodies->stop();
  if (delivery) delivery->stop();
  if (journal) journal->stop();
  if (quotas)  // nothing is under way any more: exact
    if (const auto saved = quotas->save(journal->filed()); !saved)
      spdlog::error("quotas: {}", describe(saved.error()));
  if (directory) directory->stop();
  if (standing) standing->stop();
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() { impl_->stop(); }

Result<std::unique_ptr<Gateway>> Gateway::start(const GatewayConfig& config, const Clock& clock,
                                                Random& random, const OperatorRoutes& pages) {
  MINBEN_TRY(key, trust::SigningKey::load(config.signing_key));
  auto impl = std::make_unique<Impl>(config, clock, random, std::move(key));
  if (auto started = impl->start(pages); !started) {
    impl->stop();
    return std::unexpected(started.error());
  }
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

std::uint16_t Gateway::client_port() const { return impl_->client_server->port(); }
std::uint16_t Gateway::peer_port() const { return impl_->peer_server->port(); }
Result<void> Gateway::refresh() {
  const auto refreshed = impl_->directory->refresh();
  impl_->looked();
  static_cast<void>(impl_->standing->refresh());  // what failed is in the log, and in check_own()
  return refreshed;
}
std::size_t Gateway::deliver() {
  impl_->delivery->deliver();
  return impl_->journal->waiting();
}
Result<void> Gateway::stamp() {
  impl_->journal->settle();
  return impl_->stamping->stamp();
}
std::size_t Gateway::exchange_events() { return impl_->messaging->pass(); }
void Gateway::settle() {
  impl_->journal->settle();
  impl_->bodies->settle();
}
void Gateway::stop() { impl_->stop(); }

int run_gateway(const std::filesystem::path& config_file, const Clock& clock, Random& random,
                const std::atomic<bool>& stop, const OperatorRoutes& pages) {
  const auto config = read_gateway_config(config_file);
  if (!config) {
    spdlog::error("{}", describe(config.error()));
    return 2;
  }
  const auto gateway = Gateway::start(*config, clock, random, pages);
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
