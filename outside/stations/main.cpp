#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "net/net.hpp"
#include "stations/stations.hpp"
#include "support/program.hpp"

namespace {

using namespace minben;

class Telling {
 public:
  Telling(std::string url, std::string key, int every)
      : url_(std::move(url)), key_(std::move(key)), every_(every) {}

  void run() {
    Instant told{};
    while (!stopped()) {
      const Instant now = std::chrono::floor<seconds>(clock_.now());
      const auto report = outside::stations::report(told, now);
      if (report.body.empty() || send(report)) told = now;
      wait(every_);
    }
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    woken_.notify_all();
  }

 private:
  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  void wait(seconds time) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, time, [&] { return stopping_; });
  }
  /// Until it is answered. A refusal is said and the report given up.
  bool send(const outside::stations::Report& report) {
    seconds pause{1};
    while (!stopped()) {
      net::ClientRequest request{net::Method::post, url_, {}, report.body};
      request.headers.set("Content-Type", "application/json");
      request.headers.set("Authorization", "Bearer " + key_);
      request.headers.set("Idempotency-Key", report.key);
      const auto answer = client_.send(request);
      if (answer && answer->status / 100 == 2) return true;
      if (answer && answer->status / 100 == 4 && answer->status != 429) {
        fmt::print("refused with {}: {}\n", answer->status, answer->body);
        std::fflush(stdout);
        return false;
      }
      wait(pause);
      pause = std::min(pause * 2, seconds{30});
    }
    return false;
  }

  const std::string url_, key_;
  const seconds every_;
  SystemClock clock_;
  net::Client client_{{}};
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
};

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  std::string portal, stream, key_file;
  int every = 5;
  CLI::App app("Bicycle stations that tell how full they are");
  app.add_option("--portal", portal, "Address of the portal")->required();
  app.add_option("--stream", stream, "Id of the live stream")->required();
  app.add_option("--key-file", key_file, "File with the key to publish with")->required();
  app.add_option("--every", every, "Seconds between reports")->check(CLI::Range(1, 3600));
  CLI11_PARSE(app, argc, argv);
  outside::block_end_signals();
  const std::string key = first_line(key_file);
  if (key.empty()) {
    fmt::print(stderr, "stations: no key in {}\n", key_file);
    return 1;
  }
  Telling telling(fmt::format("{}/api/streams/{}/records", portal, stream), key, every);
  std::thread thread([&] { telling.run(); });
  outside::wait_for_end();
  telling.stop();
  thread.join();
}
