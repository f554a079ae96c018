// An exchange of agencies that have a host each, and its platform: makes the exchange in FOLDER,
// where each finds its own part, then serves the signed configuration, takes usage records as the
// platform does (by signature), and lists them.
//   test_netns_exchange FOLDER ADDRESS PORT MEMBER=ADDRESS...
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <span>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "gateway/gateway.hpp"
#include "net/net.hpp"
#include "trust/trust.hpp"

namespace minben::gateway {
namespace {

constexpr net::Access anyone{"anyone"};
constexpr std::uint16_t client_port = 8080, register_port = 8090, peer_port = 8443;

struct Place {
  std::string address;
  std::uint16_t port = 0;
};

SubsystemId subsystem(const PlannedMember& member, std::string_view name) {
  return {"MINBEN", member.member_class, member.code.value, std::string(name)};
}

ServiceId people(const PlannedMember& member) { return {subsystem(member, "register"), "people"}; }

Result<PlannedMember> read_member(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return fail(Kind::invalid, "usage", "MEMBER=ADDRESS", text);
  MINBEN_TRY(code, AgencyCode::parse(text.substr(0, equals)));
  PlannedMember member;
  member.code = std::move(code);
  member.name = {member.code.value, member.code.value};
  member.client_port = client_port;
  member.peer_port = peer_port;
  member.subsystems = {"casework", "register"};
  member.registers = {
      {"register/people", fmt::format("http://127.0.0.1:{}/people", register_port)}};
  member.host = member.code.value + ".test";
  member.peer_address = text.substr(equals + 1);
  return member;
}

/// Everybody may ask everybody, itself included.
Plan plan_of(std::vector<PlannedMember> members, const trust::VerifyKey& consent_key,
             const Place& place) {
  const std::string origin = fmt::format("http://{}:{}", place.address, place.port);
  Plan plan{.members = std::move(members),
            .services = {},
            .rules = {},
            .consent_key = consent_key,
            .usage_url = origin + "/exchange/usage",
            .configuration_url = origin + "/exchange/configuration"};
  for (const PlannedMember& provider : plan.members) {
    plan.services.push_back(
        {people(provider), {"人", "People"}, true, {"name", "kept_by", "address"}});
    for (const PlannedMember& consumer : plan.members)
      plan.rules.push_back({subsystem(consumer, "casework"),
                            people(provider),
                            {net::Method::get},
                            {"check"},
                            Basis::law,
                            "戶籍法 §67",
                            {"name", "kept_by"}});
  }
  return plan;
}

/// Uses by their id. Thread-safe.
class Uses {
 public:
  explicit Uses(const Configuration& configuration) : configuration_(configuration) {}

  net::Response take(const net::Request& request) {
    auto records = verify_usage(request.body, configuration_);
    if (!records) return net::Response::problem(records.error());
    const std::lock_guard lock(mutex_);
    for (UsageRecord& record : *records) records_.emplace(record.id, std::move(record));
    return net::Response::json(JsonObject{{"taken", records->size()}});
  }

  net::Response list() const {
    const std::lock_guard lock(mutex_);
    JsonArray out;
    for (const auto& [id, record] : records_)
      out.push_back(JsonObject{{"id", id},
                               {"exchange_id", record.exchange_id},
                               {"gateway", record.gateway.value},
                               {"status", record.status}});
    return net::Response::json(std::move(out));
  }

 private:
  const Configuration& configuration_;
  mutable std::mutex mutex_;
  std::map<std::string, UsageRecord> records_;
};

Result<void> run(std::span<char*> words) {
  if (words.size() < 5)
    return fail(Kind::invalid, "usage", "FOLDER ADDRESS PORT MEMBER=ADDRESS...");
  const Place place{words[2], static_cast<std::uint16_t>(std::atoi(words[3]))};
  std::vector<PlannedMember> members;
  for (const char* word : words.subspan(4)) {
    MINBEN_TRY(member, read_member(word));
    members.push_back(std::move(member));
  }
  const SystemClock clock;
  SystemRandom random;
  const auto consent = trust::SigningKey::generate(trust::KeyType::ed25519);
  const Plan plan = plan_of(std::move(members), consent.verify_key(), place);
  MINBEN_TRY(prepared, prepare(words[1], plan, clock, random));
  std::ifstream file(prepared.configuration_file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});

  Uses uses(prepared.configuration);
  net::ServerConfig config;
  config.address = place.address;
  config.port = place.port;
  MINBEN_TRY(
      server,
      net::Server::start(
          config,
          {{net::Method::get, "/exchange/configuration", anyone, 0,
            [&](net::Request&) { return net::Response::bytes(text, "application/json"); }},
           {net::Method::post, "/exchange/usage", anyone, 1 << 21,
            [&](net::Request& request) { return uses.take(request); }},
           {net::Method::get, "/uses", anyone, 0, [&](net::Request&) { return uses.list(); }}},
          {}));
  fmt::print("ready\n");
  std::fflush(stdout);
  ::pause();  // until a signal ends this
  server->stop();
  return {};
}

}  // namespace
}  // namespace minben::gateway

int main(int argc, char** argv) {
  const auto done = minben::gateway::run({argv, static_cast<std::size_t>(argc)});
  if (!done) fmt::print(stderr, "{}\n", minben::describe(done.error()));
  return done ? 0 : 1;
}
