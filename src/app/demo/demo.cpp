// minben demo: opens the country, starts its processes, says where to go, and closes it again on
// Ctrl-C.
#include <cstdlib>
#include <thread>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "../commands.hpp"
#include "../files.hpp"
#include "../logging.hpp"
#include "country.hpp"

namespace minben::app {

namespace fs = std::filesystem;

fs::path command::default_data_directory() {
  if (geteuid() == 0) return "/var/lib/minben";
  if (const char* home = std::getenv("XDG_DATA_HOME"); home != nullptr && *home != '\0')
    return fs::path(home) / "minben";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / ".local/share/minben";
}

namespace {

using demo::Country;

/// Asks until the address answers 200.
bool answers(net::Client& client, const std::string& url) {
  const auto response = client.send({net::Method::get, url, {}, {}});
  return response && response->status == 200;
}

bool wait_until_open(const Country& country, const Clock& clock) {
  net::ClientConfig config;
  config.timeout_ms = milliseconds{1000};
  net::Client client(config);
  std::vector<std::string> addresses = {
      fmt::format("http://127.0.0.1:{}/health", country.ports().portal),
      fmt::format("http://127.0.0.1:{}/", country.ports().mailbox())};
  for (std::size_t i = 0; i < demo::agencies.size(); ++i)
    addresses.push_back(
        fmt::format("http://127.0.0.1:{}/health", country.ports().gateway_client(i)));
  const Instant give_up = clock.now() + seconds{30};
  while (!addresses.empty() && clock.now() < give_up) {
    std::erase_if(addresses, [&](const std::string& url) { return answers(client, url); });
    if (!addresses.empty()) std::this_thread::sleep_for(milliseconds{20});
  }
  return addresses.empty();
}

Json ready_document(const Country& country, const Supervisor& supervisor) {
  JsonObject processes;
  for (const auto& [name, pid] : supervisor.pids()) processes[name] = pid;
  JsonArray accounts;
  for (const demo::Account& account : country.accounts())
    accounts.push_back(
        JsonObject{{"email", account.email}, {"role", account.role}, {"door", account.door}});
  const std::string portal = fmt::format("http://localhost:{}", country.ports().portal);
  return JsonObject{{"portal", portal},
                    {"mailbox", fmt::format("http://localhost:{}", country.ports().mailbox())},
                    {"phones", fmt::format("http://localhost:{}", country.ports().phones())},
                    {"payments", fmt::format("http://localhost:{}", country.ports().payments())},
                    {"data", country.directory().string()},
                    {"processes", processes},
                    {"accounts", accounts}};
}

void print_welcome(const Country& country) {
  fmt::print(
      "\nMinben 民本 is open.\n\n  Portal    http://localhost:{}\n  Mailbox   http://localhost:{}  "
      " "
      "(one-time codes arrive here)\n  Phones    http://localhost:{}   (approve sign-ins "
      "here)\n\nSign in with one of these addresses; the code is in the "
      "mailbox.\n\n",
      country.ports().portal, country.ports().mailbox(), country.ports().phones());
  for (const demo::Account& account : country.accounts())
    fmt::print("  {:<36} {:<46} {}\n", account.email, account.role, account.door);
  fmt::print(
      "\nData and logs: {}\nCtrl-C stops everything; the next start continues where you left.\n",
      country.directory().string());
  std::fflush(stdout);
}

Result<void> run(const command::DemoOptions& options, const Clock& clock, Random& random) {
  const fs::path directory =
      options.data.empty() ? command::default_data_directory() : options.data;
  demo::Ports ports;
  ports.portal = static_cast<std::uint16_t>(options.port);
  Supervisor supervisor(clock);  // first: it blocks the signals for all threads to come
  MINBEN_TRY(country, Country::open(directory, ports, options.fresh, clock, random));
  MINBEN_CHECK(country->start(supervisor));
  if (!wait_until_open(*country, clock))
    return fail(Kind::unavailable, "not_open", "some process does not answer; see the logs",
                (country->directory() / "logs").string());
  if (!options.ready_file.empty())
    MINBEN_CHECK(
        write_file(options.ready_file, write_json_pretty(ready_document(*country, supervisor))));
  print_welcome(*country);
  supervisor.run([] {});
  fmt::print("\nClosing …\n");
  supervisor.stop();
  return {};
}

}  // namespace

int command::demo(const DemoOptions& options) {
  set_up_logging("demo");
  spdlog::set_level(spdlog::level::warn);
  SystemClock clock;
  SystemRandom random;
  if (const auto done = run(options, clock, random); !done) {
    fmt::print(stderr, "minben demo: {}\n", describe(done.error()));
    return 2;
  }
  return 0;
}

}  // namespace minben::app
