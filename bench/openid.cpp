// What a token request costs: a code becomes an access token bound to a key, a refresh token and a
// signed ID token; the client proves itself by an assertion, its key by a proof with a nonce. Each
// is durable before it is answered. Beside it the bare signatures of such a request: two P-256
// verifications and one signature.
//   openid [REQUESTS a measurement]
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "cpu.hpp"
#include "must.hpp"
#include "openid/clients.hpp"
#include "openid/openid.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view issuer = "https://minben.example";
constexpr std::string_view callback = "https://land.example/callback";
constexpr std::string_view verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr int callers = 8;
constexpr int rounds = 3;

trust::Jwk new_key() {
  return trust::Jwk::of(trust::SigningKey::generate(trust::KeyType::p256), "ES256");
}

std::string sign(const trust::Jwk& key, const JsonObject& claims, const JsonObject& header = {}) {
  return must(trust::make_jws(as_bytes(write_json(claims)), key, "ES256", header));
}

/// A database with the room's tables and a client; a process that serves the room's routes.
class Platform {
 public:
  Platform() {
    std::string name = (fs::temp_directory_path() / "minben-bench-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    fs::permissions(folder_, fs::perms::owner_all | fs::perms::others_exec |
                                 fs::perms::others_read | fs::perms::group_exec);
    store::ClusterConfig settings;
    settings.directory = folder_ / "cluster";
    settings.outlive_owner = false;
    cluster_ = must(store::Cluster::start(settings));
    must(cluster_->create_database("bench"));
    must(ring_->add(trust::MasterKey::generate(random_)));
    std::array<int, 2> told{};
    if (::pipe(told.data()) != 0) give_up("no pipe");
    server_ = ::fork();
    if (server_ == 0) serve(told[1]);
    std::uint16_t port = 0;
    if (::read(told[0], &port, sizeof port) != sizeof port) give_up("the server did not start");
    origin_ = fmt::format("http://127.0.0.1:{}", port);
    open();
  }
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;
  ~Platform() {
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
    provider_.reset();
    database_.reset();
    cluster_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  /// Requests that are good now, each once; signed beforehand, so that it costs nothing later.
  std::vector<net::ClientRequest> requests(int count) {
    const std::string nonce = fresh_nonce();
    std::vector<net::ClientRequest> all;
    for (int i = 0; i < count; ++i) all.push_back(request(code(), nonce));
    return all;
  }
  [[nodiscard]] pid_t server() const { return server_; }
  [[nodiscard]] pid_t postmaster() const { return postmaster_of(folder_ / "cluster"); }

 private:
  void open() {
    database_ = must(
        store::Database::open({.url = cluster_->url("bench"), .connections = callers}, clock_));
    for (const auto migrations :
         {store::migrations(), keys::migrations(), identity::migrations(), openid::migrations()})
      must(database_->migrate(migrations));
    keys_ = must(keys::Keys::open(*database_, clock_, random_, ring_));
    identity_ = std::make_unique<identity::Identity>(*database_, clock_, random_, *keys_,
                                                     identity::Config{});
    openid::Config config;
    config.issuer = issuer;
    config.code_lifetime = std::chrono::hours{1};
    config.requests_per_minute = 100'000'000;
    provider_ =
        must(openid::Provider::open({*database_, clock_, random_, *keys_, *identity_, {}}, config));
    const auto client = openid::read_client(
        write_json(JsonObject{{"client_id", "land-office"},
                              {"client_name", "Land Office"},
                              {"redirect_uris", {callback}},
                              {"grant_types", {"authorization_code", "refresh_token"}},
                              {"scope", "openid offline_access"},
                              {"jwks", {{"keys", {client_key_.public_json()}}}},
                              {"minben_profile", "basic"},  // so that codes are made without a push
                              {"require_pushed_authorization_requests", false}}));
    if (!client) give_up(describe(client.error().front()));
    must(openid::Clients(*database_, clock_).put(*client));
    person_ = must(database_->transact([&](store::Transaction& tx) {
      identity::Profile profile;
      profile.email = fmt::format("{}@bench.example", ::getpid());
      return identity_->add_person(tx, profile);
    }));
  }

  /// Until it is killed.
  [[noreturn]] void serve(int tell) {
    open();
    net::ServerConfig config;
    config.workers = callers;
    static constexpr net::Access anyone{"anyone"};
    auto server = must(net::Server::start(config, provider_->routes(anyone, issuer), {}));
    const std::uint16_t port = server->port();
    if (::write(tell, &port, sizeof port) != sizeof port) std::_Exit(3);
    for (;;) ::pause();
  }

  std::string code() {
    net::Form form;
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
             {"client_id", "land-office"},
             {"response_type", "code"},
             {"redirect_uri", std::string(callback)},
             {"scope", "openid offline_access"},
             {"nonce", "n"},
             {"code_challenge", base64url_encode(sha256(verifier))},
             {"code_challenge_method", "S256"}})
      form.add(name, value);
    const auto begun = must(provider_->begin(must(openid::Parameters::read(form))));
    const auto interaction =
        must(provider_->interaction(std::get<openid::Provider::Begun>(begun).token));
    const std::string location =
        must(provider_->allow(interaction, {person_,
                                            identity::SessionId::make(clock_, random_),
                                            identity::Assurance::substantial,
                                            {"hwk", "user"},
                                            clock_.now()}));
    const auto at = location.find("code=") + 5;
    return location.substr(at, location.find('&', at) - at);
  }

  net::ClientRequest request(const std::string& code, const std::string& nonce) {
    const auto now = std::chrono::floor<seconds>(clock_.now()).time_since_epoch().count();
    const std::vector<std::pair<std::string, std::string>> fields{
        {"grant_type", "authorization_code"},
        {"code", code},
        {"redirect_uri", std::string(callback)},
        {"code_verifier", std::string(verifier)},
        {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
        {"client_assertion", sign(client_key_, {{"iss", "land-office"},
                                                {"sub", "land-office"},
                                                {"aud", issuer},
                                                {"jti", random_.token()},
                                                {"exp", now + 250}})}};
    net::ClientRequest made{.method = net::Method::post, .url = origin_ + "/openid/token"};
    made.headers.set("Content-Type", "application/x-www-form-urlencoded");
    // Dated a little ahead, as far as clocks may differ: they are used over some seconds.
    made.headers.set("DPoP", sign(holder_key_,
                                  {{"htm", "POST"},
                                   {"htu", fmt::format("{}/openid/token", issuer)},
                                   {"iat", now + 5},
                                   {"jti", random_.token()},
                                   {"nonce", nonce}},
                                  {{"typ", "dpop+jwt"}, {"jwk", holder_key_.public_json()}}));
    made.body = net::write_urlencoded(fields);
    return made;
  }

  std::string fresh_nonce() {
    net::Client client{{}};
    return std::string(must(client.send(request("none", ""))).headers.get("DPoP-Nonce"));
  }

  SystemClock clock_;
  SystemRandom random_;
  fs::path folder_;
  std::shared_ptr<trust::KeyRing> ring_ = std::make_shared<trust::KeyRing>();
  trust::Jwk client_key_ = new_key(), holder_key_ = new_key();
  std::unique_ptr<store::Cluster> cluster_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<keys::Keys> keys_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<openid::Provider> provider_;
  PersonId person_;
  pid_t server_ = 0;
  std::string origin_;
};

struct Run {
  double seconds = 0;
  std::vector<double> milliseconds{};
};

/// By `callers` at once; at `per_second`, each when its time has come (latency from then on), or as
/// fast as they can.
Run send(const std::vector<net::ClientRequest>& requests, double per_second) {
  Run run;
  run.milliseconds.resize(requests.size());
  std::atomic<std::size_t> next = 0;
  const auto begin = Steady::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < callers; ++i)
      threads.emplace_back([&] {
        net::Client client{{}};
        for (std::size_t at = next++; at < requests.size(); at = next++) {
          auto since = Steady::now();
          if (per_second > 0) {
            since =
                begin + std::chrono::duration_cast<Steady::duration>(
                            std::chrono::duration<double>(static_cast<double>(at) / per_second));
            std::this_thread::sleep_until(since);
          }
          const auto answer = must(client.send(requests[at]));
          if (answer.status != 200) give_up(answer.body);
          run.milliseconds[at] = 1000 * seconds_since(since);
        }
      });
  }
  run.seconds = seconds_since(begin);
  std::ranges::sort(run.milliseconds);
  return run;
}

double percentile(const Run& run, double part) {
  return run.milliseconds[static_cast<std::size_t>(
      part * static_cast<double>(run.milliseconds.size() - 1))];
}

/// Requests whose signatures one core could check and make.
double floor_per_core() {
  const auto key = trust::SigningKey::generate(trust::KeyType::p256);
  const Bytes message(600, 'x');
  const Bytes signature = key.sign(message);
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    constexpr int times = 1000;
    const std::clock_t begin = std::clock();
    for (int i = 0; i < times; ++i) {
      if (!key.verify_key().verify(message, signature) ||
          !key.verify_key().verify(message, signature))
        give_up("a signature does not hold");
      (void)key.sign(message);
    }
    best = std::max(best, times / (static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC));
  }
  return best;
}

struct Measured {
  std::vector<double> rates;  ///< of each round; they must not fall as the tables grow
  double program_ms = 1e9, postgres_ms = 1e9;
  std::vector<double> p50, p99;  ///< at half of the round's rate, right after it
};

/// Full and half load in turn, so that other work on the machine meets both.
Measured measure(Platform& platform, int count) {
  Measured all;
  for (int round = 0; round < rounds; ++round) {
    const auto full = platform.requests(count), half = platform.requests(count);
    const double program = cpu_of(platform.server()), postgres = cpu_of(platform.postmaster());
    all.rates.push_back(count / send(full, 0).seconds);
    all.program_ms = std::min(all.program_ms, 1000 * (cpu_of(platform.server()) - program) / count);
    all.postgres_ms =
        std::min(all.postgres_ms, 1000 * (cpu_of(platform.postmaster()) - postgres) / count);
    const Run calm = send(half, all.rates.back() / 2);
    all.p50.push_back(percentile(calm, 0.5));
    all.p99.push_back(percentile(calm, 0.99));
  }
  return all;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 2000;
  Platform platform;
  send(platform.requests(200), 0);  // warm
  const double floor = floor_per_core();
  const Measured all = measure(platform, count);
  fmt::print("{} callers, {} requests a measurement, {} rounds, {} cores\n", callers, count, rounds,
             std::thread::hardware_concurrency());
  fmt::print("floor: {:.0f} 1/s per core (two verifications, one signature)\n", floor);
  fmt::print("token_requests: {:.0f} 1/s\n", std::ranges::max(all.rates));
  fmt::print("last_round_to_first: {:.3f} ratio\n", all.rates.back() / all.rates.front());
  fmt::print("program_cpu: {:.3f} ms/request\n", all.program_ms);
  fmt::print("postgres_cpu: {:.3f} ms/request\n", all.postgres_ms);
  fmt::print("program_per_core: {:.0f} 1/s\n", 1000 / all.program_ms);
  fmt::print("per_core: {:.0f} 1/s\n", 1000 / (all.program_ms + all.postgres_ms));
  fmt::print("of_floor: {:.3f} ratio\n", 1000 / all.program_ms / floor);
  fmt::print("half_load_p50: {:.2f} ms\n", median(all.p50));
  fmt::print("half_load_p99: {:.2f} ms, of the worst round {:.2f} ms\n", median(all.p99),
             std::ranges::max(all.p99));
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
