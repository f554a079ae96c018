// What a signed, decided and recorded call costs: client → gateway → gateway → service, with
// consent, rules, signatures and durable ledgers on, beside nginx → nginx (mutual TLS, keep-alive)
// → the same service on the same machine.
//   exchange [SECONDS a measurement] [CLIENTS] [FOLDER]
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "gateway/gateway.hpp"
#include "must.hpp"
#include "net/flow.hpp"
#include "net/net.hpp"
#include "trust/trust.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;
using namespace exchange;
using namespace gateway;

constexpr net::Access anyone{"anyone"};
constexpr std::string_view key = "AC01234567";
constexpr std::array<std::size_t, 2> sizes{1'000, 100'000};  ///< bytes of an answer
/// Beside the bench in the same build.
constexpr std::uint16_t first_port = 27100;

SubsystemId subsystem(std::string_view member, std::string_view name) {
  return {"MINBEN", "GOV", std::string(member), std::string(name)};
}
/// A file of 2 GiB; by law, and not about a person.
ServiceId file_service() { return {subsystem("nia", "register"), "file"}; }
constexpr std::uint64_t file_bytes = std::uint64_t{2} << 30;

ServiceId service(std::size_t size) {
  return {subsystem("nia", "register"), fmt::format("card{}", size)};
}

/// A program that runs until this goes.
class Child {
 public:
  explicit Child(const std::vector<std::string>& command)
      : Child([&] {
          std::vector<char*> words;
          for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
          words.push_back(nullptr);
          ::execv(words.front(), words.data());
        }) {}
  explicit Child(const std::function<void()>& run) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // also when this gives up
    run();
    std::_Exit(127);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  /// MiB, at present.
  [[nodiscard]] double memory_now() const { return memory_of("VmRSS:"); }
  /// MiB, the most it ever had.
  [[nodiscard]] double memory() const { return memory_of("VmHWM:"); }

 private:
  [[nodiscard]] double memory_of(std::string_view what) const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(what)) return std::atof(line.c_str() + what.size()) / 1024;
    return 0;
  }
  pid_t pid_ = 0;
};

net::Task<void> send_file(net::Flow& flow) {
  const std::string piece(net::piece_size, 'x');
  bool going = co_await flow.begin({}, file_bytes);
  for (std::uint64_t sent = 0; going && sent < file_bytes; sent += piece.size())
    going = co_await flow.write(piece);
  if (going) co_await flow.end();
}

/// The agency's register, and a platform that takes usage records.
[[noreturn]] void serve_register(std::uint16_t port) {
  std::vector<net::Route> routes;
  for (const std::size_t size : sizes) {
    const auto answer = write_json(JsonObject{{"name", "林大文"},
                                              {"status", "valid"},
                                              {"expiry", "2027-01-01"},
                                              {"address", std::string(size - 90, 'x')}});
    routes.push_back(
        {net::Method::get, fmt::format("/card{}/{{key}}", size), anyone, 0,
         [answer](net::Request&) { return net::Response::bytes(answer, "application/json"); }});
  }
  routes.push_back({net::Method::post, "/exchange/usage", anyone, 1 << 21, [](net::Request&) {
                      return net::Response::json(JsonObject{{"id", "taken"}});
                    }});
  routes.push_back(
      {net::Method::get, "/file/{key}", anyone, 0, {}, net::flow_handler([](net::Flow& flow) {
         return send_file(flow);
       })});
  net::ServerConfig config;
  config.port = port;
  const auto server = must(net::Server::start(config, std::move(routes), {}));
  for (;;) ::pause();
}

/// Waits until somebody listens.
void wait_for(std::uint16_t port) {
  for (int i = 0; i < 400; ++i) {
    const auto answer =
        net::Client({}).send({.url = fmt::format("http://127.0.0.1:{}/health", port)});
    if (answer || answer.error().code != "connect_failed") return;
    std::this_thread::sleep_for(milliseconds(25));
  }
  give_up(fmt::format("nothing listens on port {}", port));
}

/// Two agencies and what they have on their disks.
struct Agencies {
  explicit Agencies(const fs::path& folder);

  SystemClock clock;
  SystemRandom random;
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  PersonId person = PersonId::make(clock, random);
  std::uint16_t register_port = first_port, consumer_port = first_port + 1,
                provider_port = first_port + 2;
  Prepared prepared;

  [[nodiscard]] std::string assertion(const ServiceId& of) const;
};

Agencies::Agencies(const fs::path& folder) {
  Plan plan{.members = {},
            .services = {},
            .rules = {},
            .consent_key = platform.verify_key(),
            .usage_url = fmt::format("http://127.0.0.1:{}/exchange/usage", register_port)};
  const std::vector<std::string> fields{"name", "status", "expiry", "address"};
  for (const char* member : {"nia", "wda"}) {
    PlannedMember planned;
    planned.code = AgencyCode{member};
    planned.name = {member, member};
    planned.client_port = planned.code.value == "wda" ? consumer_port : first_port + 3;
    planned.peer_port = planned.code.value == "wda" ? first_port + 4 : provider_port;
    planned.subsystems = {"casework", "register"};
    for (const std::size_t size : sizes)
      if (planned.code.value == "nia")
        planned.registers[fmt::format("register/card{}", size)] =
            fmt::format("http://127.0.0.1:{}/card{}", register_port, size);
    if (planned.code.value == "nia")
      planned.registers["register/file"] = fmt::format("http://127.0.0.1:{}/file", register_port);
    plan.members.push_back(std::move(planned));
  }
  plan.services.push_back({file_service(), {"檔", "File"}, false, {}});
  plan.rules.push_back({subsystem("wda", "casework"),
                        file_service(),
                        {net::Method::get},
                        {"work-permit"},
                        Basis::law,
                        "就業服務法 §48",
                        {}});
  for (const std::size_t size : sizes) {
    plan.services.push_back({service(size), {"卡", "Card"}, true, fields});
    plan.rules.push_back({subsystem("wda", "casework"),
                          service(size),
                          {net::Method::get},
                          {"work-permit"},
                          Basis::consent,
                          "",
                          fields});
  }
  prepared = must(prepare(folder, plan, clock, random));
}

std::string Agencies::assertion(const ServiceId& of) const {
  ConsentAssertion out;
  out.id = "a-1";
  out.consent = "consent-7";
  out.person = person;
  out.subject = subject_digest(out.id, key);
  out.service = of;
  out.recipient = subsystem("wda", "casework");
  out.purpose = "work-permit";
  out.case_id = "case-9";
  out.fields = {"name", "status", "expiry", "address"};
  out.issued_at = clock.now();
  out.expires_at = out.issued_at + assertion_lifetime_s;
  return must(sign_assertion(out, platform));
}

// ----------------------------------------------------------------------------------------- load

struct Load {
  double rate = 0, p50 = 0, p99 = 0;  ///< 1/s, ms, ms
};

/// `call` is made by each client in turn; `pace` calls a second by all together, 0: as many as go.
Load measure(const std::function<std::function<void()>()>& client, int clients, double length,
             double pace) {
  std::vector<std::vector<double>> waits(static_cast<std::size_t>(clients));
  std::atomic<bool> over{false};
  const auto begin = Steady::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < clients; ++i)
      threads.emplace_back([&, i] {
        const auto call = client();
        auto& own = waits[static_cast<std::size_t>(i)];
        for (std::uint64_t n = 0; !over; ++n) {
          auto due = Steady::now();
          if (pace > 0) {
            // Waiting because an earlier call took long counts.
            due =
                begin +
                std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(
                    (static_cast<double>(n) + static_cast<double>(i) / clients) * clients / pace));
            std::this_thread::sleep_until(due);
            if (over) break;
          }
          call();
          own.push_back(std::chrono::duration<double, std::milli>(Steady::now() - due).count());
        }
      });
    std::this_thread::sleep_for(std::chrono::duration<double>(length));
    over = true;
  }
  const double took = std::chrono::duration<double>(Steady::now() - begin).count();
  std::vector<double> all;
  for (const auto& own : waits) all.insert(all.end(), own.begin(), own.end());
  if (all.empty()) give_up("no call ended");
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  return {static_cast<double>(all.size()) / took, at(0.5), at(0.99)};
}

std::function<void()> through_gateways(Agencies& agencies, std::size_t size) {
  const auto consumer = std::make_shared<Consumer>(ConsumerConfig{
      fmt::format("http://127.0.0.1:{}", agencies.consumer_port), subsystem("wda", "casework"),
      agencies.prepared.tokens.at("wda/casework"), milliseconds(15000)});
  ExchangeRequest request{.service = service(size),
                          .path = fmt::format("/{}", key),
                          .purpose = "work-permit",
                          .case_id = "case-9",
                          .user = "officer-3",
                          .consent = agencies.assertion(service(size))};
  return [consumer, request, size, &agencies, since = Steady::now()]() mutable {
    if (Steady::now() - since > assertion_lifetime_s / 2) {
      request.consent = agencies.assertion(service(size));
      since = Steady::now();
    }
    const auto answer = must(consumer->call(request));
    if (answer.status != 200 || answer.body.size() < size / 2) give_up("a wrong answer");
  };
}

std::function<void()> through_nginx(std::size_t size) {
  const auto client = std::make_shared<net::Client>(net::ClientConfig{});
  const std::string url = fmt::format("http://127.0.0.1:{}/card{}/{}", first_port + 5, size, key);
  return [client, url, size] {
    const auto answer = must(client->send({.url = url}));
    if (answer.status != 200 || answer.body.size() < size / 2) give_up("a wrong answer of nginx");
  };
}

/// A large file through both gateways, and the most memory that each had meanwhile.
struct Passage {
  double seconds = 0, consumer_mb = 0, provider_mb = 0;
};

net::Task<void> fetch_file(const Agencies& agencies, std::uint64_t& received) {
  net::FlowClient client({.timeout_ms = milliseconds(60000), .max_response_bytes = 2 * file_bytes});
  net::ClientRequest request{.url = fmt::format("http://127.0.0.1:{}/r1/{}/1",
                                                agencies.consumer_port, to_string(file_service()))};
  request.headers.add("X-Road-Client", to_string(subsystem("wda", "casework")));
  request.headers.add("Minben-Token", agencies.prepared.tokens.at("wda/casework"));
  request.headers.add("Minben-Purpose", "work-permit");
  auto answering = must(co_await client.send(request));
  if (must(co_await answering->head()).status != 200) give_up("no file");
  while (true) {
    const auto piece = must(co_await answering->read());
    if (piece.empty()) break;
    received += piece.size();
  }
}

Passage pass_file(const Agencies& agencies, const Child& consumer, const Child& provider) {
  Passage passage;
  std::uint64_t received = 0;
  const auto begin = Steady::now();
  std::atomic<bool> over{false};
  std::jthread watcher([&] {
    for (; !over; std::this_thread::sleep_for(milliseconds(20))) {
      passage.consumer_mb = std::max(passage.consumer_mb, consumer.memory_now());
      passage.provider_mb = std::max(passage.provider_mb, provider.memory_now());
    }
  });
  boost::asio::io_context loop(1);
  boost::asio::co_spawn(loop, fetch_file(agencies, received),
                        [&](const std::exception_ptr&) { loop.stop(); });
  loop.run();
  over = true;
  watcher.join();
  passage.seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  if (received != file_bytes) give_up(fmt::format("{} bytes of a file came", received));
  return passage;
}

// ---------------------------------------------------------------------------------------- nginx

constexpr std::uint16_t nginx_port = first_port + 5, nginx_peer_port = first_port + 6;

/// With the certificates of the gateways. `rest`: the http block's upstream and server.
std::string nginx_configuration(const fs::path& folder, std::string_view name,
                                std::string_view rest) {
  return fmt::format(
      "{0}daemon off; worker_processes auto; pid {1}/{2}.pid; error_log {1}/{2}.log;\n"
      "events {{ worker_connections 4096; }}\n"
      "http {{ access_log off; keepalive_requests 1000000; proxy_http_version 1.1;\n"
      "proxy_set_header Connection \"\"; proxy_buffers 16 32k;\n"
      "client_body_temp_path {1}; proxy_temp_path {1}; fastcgi_temp_path {1};\n"
      "uwsgi_temp_path {1}; scgi_temp_path {1};\n{3} }}\n",
      ::geteuid() == 0 ? "user root; " : "", folder.string(), name, rest);
}

std::string nginx_consumer(const fs::path& anchor, const GatewayConfig& own) {
  return fmt::format(
      "upstream peer {{ server 127.0.0.1:{0}; keepalive 64; }}\n"
      "server {{ listen 127.0.0.1:{1}; location / {{ proxy_pass https://peer;\n"
      "proxy_ssl_protocols TLSv1.3; proxy_ssl_certificate {2}; proxy_ssl_certificate_key {3};\n"
      "proxy_ssl_trusted_certificate {4}; proxy_ssl_verify on; proxy_ssl_name localhost;\n"
      "proxy_ssl_server_name on; }} }}\n",
      nginx_peer_port, nginx_port, own.tls_certificate.string(), own.tls_key.text(),
      anchor.string());
}

std::string nginx_provider(const fs::path& anchor, const GatewayConfig& own,
                           std::uint16_t register_port) {
  return fmt::format(
      "upstream register {{ server 127.0.0.1:{0}; keepalive 64; }}\n"
      "server {{ listen 127.0.0.1:{1} ssl; ssl_protocols TLSv1.3; ssl_certificate {2};\n"
      "ssl_certificate_key {3}; ssl_client_certificate {4}; ssl_verify_client on;\n"
      "location / {{ proxy_pass http://register; }} }}\n",
      register_port, nginx_peer_port, own.tls_certificate.string(), own.tls_key.text(),
      anchor.string());
}

std::unique_ptr<Child> start_nginx(const fs::path& folder, std::string_view name,
                                   std::string_view rest) {
  const fs::path file = folder / fmt::format("{}.conf", name);
  std::ofstream(file) << nginx_configuration(folder, name, rest);
  return std::make_unique<Child>(
      std::vector<std::string>{"/usr/sbin/nginx", "-c", file.string(), "-p", folder.string()});
}

// ----------------------------------------------------------------------------------------- main

struct Both {
  Load full, half;
};

/// As many calls as go, then half as many.
Both measure_both(const std::function<std::function<void()>()>& client, int clients,
                  double length) {
  (void)measure(client, clients, 1, 0);  // connections are made
  const Load full = measure(client, clients, length, 0);
  return {full, measure(client, clients, length, full.rate / 2)};
}

void report(std::string_view name, const Both& both, std::vector<std::string>& lines) {
  lines.push_back(fmt::format("{}: {:.0f} 1/s", name, both.full.rate));
  lines.push_back(fmt::format("{}_p99: {:.2f} ms", name, both.full.p99));
  lines.push_back(fmt::format("{}_half_p50: {:.2f} ms", name, both.half.p50));
  lines.push_back(fmt::format("{}_half_p99: {:.2f} ms", name, both.half.p99));
}

int main(int argc, char** argv) {
  const double length = argc > 1 ? std::atof(argv[1]) : 5;
  const int clients = argc > 2 ? std::atoi(argv[2]) : 16;
  const fs::path folder = (argc > 3 ? fs::path(argv[3]) : fs::temp_directory_path()) /
                          fmt::format("minben-bench-exchange-{}", ::getpid());
  fs::create_directories(folder);
  Agencies agencies(folder);
  const std::string minben =
      fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "minben";
  std::vector<std::string> lines;
  {
    const Child reg([&] { serve_register(agencies.register_port); });
    wait_for(agencies.register_port);
    const auto config_of = [&](const char* member) {
      return agencies.prepared.gateway_configs.at(member);
    };
    const Child provider({minben, "gateway", "--config", config_of("nia").string()});
    const Child consumer({minben, "gateway", "--config", config_of("wda").string()});
    const fs::path anchor = folder / "anchor.pem";
    std::ofstream(anchor) << agencies.prepared.configuration.trust_anchors_pem();
    const bool has_nginx = fs::exists("/usr/sbin/nginx");
    std::unique_ptr<Child> near, far;
    if (has_nginx) {
      far = start_nginx(folder, "provider",
                        nginx_provider(anchor, must(read_gateway_config(config_of("nia"))),
                                       agencies.register_port));
      near = start_nginx(folder, "consumer",
                         nginx_consumer(anchor, must(read_gateway_config(config_of("wda")))));
      wait_for(nginx_port);
    }
    wait_for(agencies.consumer_port);
    wait_for(agencies.consumer_port + 2);  // the provider's own side
    for (const std::size_t size : sizes) {
      const std::string name = fmt::format("{}k", size / 1000);
      const Both ours =
          measure_both([&] { return through_gateways(agencies, size); }, clients, length);
      report("exchange_" + name, ours, lines);
      if (!has_nginx) continue;
      const auto through = [&] { return through_nginx(size); };
      const Both peer = measure_both(through, clients, length);
      report("nginx_" + name, peer, lines);
      lines.push_back(
          fmt::format("of_nginx_{}: {:.3f} ratio", name, ours.full.rate / peer.full.rate));
      const Load same = measure(through, clients, length, ours.full.rate / 2);
      lines.push_back(fmt::format("added_p99_{}: {:.2f} ms", name, ours.half.p99 - same.p99));
    }
    const Passage passage = pass_file(agencies, consumer, provider);
    lines.push_back(fmt::format("file_2gb: {:.1f} s", passage.seconds));
    lines.push_back(fmt::format("file_2gb_consumer_memory: {:.1f} MB", passage.consumer_mb));
    lines.push_back(fmt::format("file_2gb_provider_memory: {:.1f} MB", passage.provider_mb));
    lines.push_back(fmt::format("consumer_memory: {:.1f} MB", consumer.memory()));
    lines.push_back(fmt::format("provider_memory: {:.1f} MB", provider.memory()));
    if (!has_nginx) lines.push_back("nginx: 0 (not installed)");
  }
  for (const auto& line : lines) fmt::print("{}\n", line);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
