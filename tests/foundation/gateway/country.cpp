#include "country.hpp"

#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/port.hpp"

namespace minben::gateway::test {

namespace {
constexpr net::Access anyone{"anyone"};
constexpr std::string_view platform_origin = "minben.example/ledger/platform";

std::unique_ptr<net::Server> serve(std::vector<net::Route> routes) {
  auto server = net::Server::start({}, std::move(routes), {});
  MINBEN_ASSERT(server.has_value());
  return std::move(*server);
}
}  // namespace

ServiceId maps() { return {subsystem("nia", "register"), "maps"}; }

Register::Register() {
  std::vector<net::Route> routes;
  for (const net::Method method : {net::Method::get, net::Method::put})
    routes.push_back({method, "/{service}/{key}", anyone, 1 << 20,
                      [this](net::Request& request) { return answer(request); }});
  routes.push_back(
      {net::Method::get, "/maps/{key}", anyone, 0, {}, net::flow_handler([this](net::Flow& flow) {
         return send_map(flow);
       })});
  routes.push_back({net::Method::put,
                    "/maps/{key}",
                    anyone,
                    std::size_t{64} << 20,
                    {},
                    net::flow_handler([this](net::Flow& flow) { return take_map(flow); })});
  server_ = serve(std::move(routes));
}

std::string map_piece(std::size_t number) {
  return std::string(50'000, static_cast<char>('a' + number % 26));
}

net::Task<void> Register::send_map(net::Flow& flow) {
  ++calls_;
  net::Response head;
  head.headers.add("Content-Type", "application/octet-stream");
  const auto pieces = parse_integer(flow.request.parameter("key"), 0, 1'000'000);
  if (!pieces) {  // "broken": two pieces of a hundred
    co_await flow.begin(head, 100 * map_piece(0).size());
    for (std::size_t i = 0; i < 2; ++i) co_await flow.write(map_piece(i));
    co_return;
  }
  co_await flow.begin(head, std::nullopt);
  for (std::size_t i = 0; i < static_cast<std::size_t>(*pieces); ++i) {
    const bool taken = co_await flow.write(map_piece(i));
    if (!taken) co_return;
    ++pieces_sent_;
  }
  co_await flow.end();
}

net::Task<void> Register::take_map(net::Flow& flow) {
  ++calls_;
  Sha256Stream hash;
  while (true) {
    const auto piece = co_await flow.read();
    if (!piece) co_return;
    if (piece->empty()) break;
    hash.add(as_bytes(*piece));
  }
  ++maps_taken_;
  co_await flow.answer(net::Response::text(hex_encode(hash.finish())));
}

net::Response Register::answer(net::Request& request) {
  ++calls_;
  {
    const std::lock_guard lock(mutex_);
    last_fields_ = request.headers;
  }
  if (request.method == net::Method::put)
    return net::Response::json(JsonObject{{"stored", true}, {"echo", request.body}}, 201);
  if (request.parameter("key") == "missing")
    return net::Response::json(JsonObject{{"title", "unknown"}, {"name", "leak"}}, 404);
  if (request.parameter("key") == "text") return net::Response::text("not JSON");
  return net::Response::json(JsonObject{
      {"name", "林大文"}, {"status", "valid"}, {"expiry", "2027-01-01"}, {"address", "secret"}});
}

net::Headers Register::last_fields() const {
  const std::lock_guard lock(mutex_);
  return last_fields_;
}

std::string Register::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
}

Platform::Platform() {
  server_ = serve({{net::Method::post, "/exchange/usage", anyone, 1 << 21,
                    [this](net::Request& request) { return take(request); }}});
}

std::string Platform::usage_url() const {
  return fmt::format("http://127.0.0.1:{}/exchange/usage", port());
}

void Platform::know(const Configuration& configuration) {
  const std::lock_guard lock(mutex_);
  configuration_ = configuration;
}

net::Response Platform::take(net::Request& request) {
  ++deliveries_;
  std::this_thread::sleep_for(thought_.load());
  if (refusing_) return net::Response::problem({Kind::internal, "refusing", "", {}, 0, 0});
  const std::lock_guard lock(mutex_);
  const auto records = verify_usage(request.body, *configuration_);
  if (!records) return net::Response::problem(records.error());
  for (const UsageRecord& record : *records) records_.emplace(record.id, record);
  arrivals_ += records->size();
  return net::Response::json(JsonObject{{"taken", records->size()}});
}

std::map<std::string, UsageRecord> Platform::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

bool Platform::wait_for(std::size_t records, milliseconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (this->records().size() < records) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

Country::Country(const Clock& country_clock)
    : clock(country_clock), person(PersonId::make(clock, random)) {
  for (const char* member : {"nia", "wda", "boca"}) {
    client_ports[member] = minben::test::free_port();
    peer_ports[member] = minben::test::free_port();
  }
  prepare_again();
}

Plan Country::plan() const {
  Plan plan{"MINBEN", {}, {}, {}, platform_key.verify_key(), platform.usage_url(), 30};
  for (const auto& [member, port] : client_ports) {
    PlannedMember planned;
    planned.code = AgencyCode{member};
    planned.name = {member, member};
    planned.client_port = port;
    planned.peer_port = peer_ports.at(member);
    planned.subsystems = {"casework", "register"};
    if (member == "nia")
      planned.registers = {{"register/residence", nia_register.url("/residence")},
                           {"register/cards", nia_register.url("/cards")},
                           {"register/maps", nia_register.url("/maps")}};
    plan.members.push_back(std::move(planned));
  }
  plan.services = exchange::test::services();
  plan.services.push_back({maps(), {"圖", "Maps"}, false, {}});
  plan.rules = exchange::test::rules();
  plan.rules.push_back({subsystem("wda", "casework"),
                        maps(),
                        {net::Method::get, net::Method::put, net::Method::post},
                        {"planning"},
                        Basis::law,
                        "國土測繪法 §1",
                        {}});
  std::ranges::copy(more_services, std::back_inserter(plan.services));
  std::ranges::copy(more_rules, std::back_inserter(plan.rules));
  plan.platform_logs = {
      ledger::NoteVerifier::make(platform_origin, platform_log_key.verify_key()).value().vkey()};
  return plan;
}

std::unique_ptr<ledger::Log> Country::platform_log() const {
  return ledger::Log::open(directory.path() / "platform-ledger", platform_origin, platform_log_key)
      .value();
}

void Country::prepare_again() {
  auto made = prepare(directory.path(), plan(), clock, random);
  if (!made) ADD_FAILURE() << describe(made.error());
  prepared = std::move(made).value();
  platform.know(prepared.configuration);
}

trust::SigningKey Country::registry_key() const {
  return trust::SigningKey::load(directory.path() / "registry" / "registry.key.pem").value();
}

trust::Authority Country::authority() const {
  return trust::Authority::load(directory.path() / "registry" / "authority").value();
}

void Country::publish(const std::function<void(Configuration&)>& change,
                      std::optional<trust::SigningKey> signer) {
  Configuration& configuration = prepared.configuration;
  ++configuration.version;
  configuration.issued_at = clock.now();
  configuration.expires_at = clock.now() + days(30);
  change(configuration);
  const auto text = sign_configuration(configuration, signer ? *signer : registry_key());
  if (!text) ADD_FAILURE() << describe(text.error());
  std::ofstream(prepared.configuration_file, std::ios::binary) << *text;
  platform.know(configuration);
}

void Country::configure(const std::string& member,
                        const std::function<void(GatewayConfig&)>& change) {
  const auto file = prepared.gateway_configs.at(member);
  GatewayConfig config = read_gateway_config(file).value();
  change(config);
  if (const auto written = write_gateway_config(config, file); !written)
    ADD_FAILURE() << describe(written.error());
}

net::ClientResponse Country::get(const std::string& member, std::string_view target,
                                 net::Headers headers) const {
  return net::Client({})
      .send({.url = fmt::format("http://127.0.0.1:{}{}", client_ports.at(member), target),
             .headers = std::move(headers)})
      .value();
}

void Country::publish_everywhere(const std::function<void(Configuration&)>& change) {
  publish(change);
  for (const auto& [member, gateway] : gateways) EXPECT_TRUE(gateway->refresh()) << member;
}

void Country::start(const std::string& member) {
  auto gateway = Gateway::start(read_gateway_config(prepared.gateway_configs.at(member)).value(),
                                clock, random);
  if (!gateway) ADD_FAILURE() << describe(gateway.error());
  gateways[member] = std::move(gateway).value();
}

ConsumerConfig Country::consumer_config(const std::string& member, const std::string& name) const {
  return {fmt::format("http://127.0.0.1:{}", client_ports.at(member)), subsystem(member, name),
          prepared.tokens.at(member + "/" + name), milliseconds(15000)};
}

std::unique_ptr<Consumer> Country::consumer(const std::string& member) const {
  return std::make_unique<Consumer>(consumer_config(member, "casework"));
}

ConsentAssertion Country::assertion() const {
  return exchange::test::assertion(person, clock.now());
}

ExchangeRequest Country::residence_request() const {
  return {.service = residence(),
          .path = fmt::format("/{}", resident),
          .purpose = "work-permit",
          .case_id = "case-9",
          .user = "officer-3",
          .exchange_id = "x-5",
          .consent = signed_assertion()};
}

std::filesystem::path Country::home(const std::string& member) const {
  return directory.path() / "members" / member;
}

}  // namespace minben::gateway::test
