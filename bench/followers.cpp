#include "followers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interop/interop.hpp"
#include "must.hpp"
#include "streams/live.hpp"

namespace minben::bench {

namespace {

namespace fs = std::filesystem;
constexpr int events = 100;
constexpr milliseconds between{150};
constexpr int at_once = 200;  ///< connections that wait for their answer
constexpr std::string_view mark = "\"t\":";

std::int64_t now_ns() { return Steady::now().time_since_epoch().count(); }

/// As many descriptors as the system allows.
rlim_t raise_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// ------------------------------------------------------------------------- the other process

struct Connection {
  int socket = -1;
  std::string rest;  ///< of a line that has not come whole
  int received = 0;
};

class Followers {
 public:
  Followers(int port, std::string path, int count)
      : path_(std::move(path)), port_(port), all_(count) {
    poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  }
  void connect_all() {
    for (std::size_t i = 0; i < all_.size(); i += at_once) {
      const std::size_t to = std::min(all_.size(), i + at_once);
      for (std::size_t j = i; j < to; ++j) connect_one(all_[j]);
      for (std::size_t j = i; j < to; ++j) wait_for_answer(all_[j]);
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      epoll_event wanted{EPOLLIN, {}};
      wanted.data.u64 = i;
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, all_[i].socket, &wanted);
    }
  }
  /// Until everybody has everything, or nothing has come for a while.
  void read_all() {
    std::array<epoll_event, 512> ready{};
    const auto all = all_.size() * events;
    latencies_.reserve(all);
    while (latencies_.size() < all) {
      const int count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 15'000);
      if (count <= 0) return;
      for (int i = 0; i < count; ++i) read_one(all_[ready[static_cast<std::size_t>(i)].data.u64]);
    }
  }
  void report() {
    std::ranges::sort(latencies_);
    const auto at = [&](double part) {
      if (latencies_.empty()) return 0.0;
      return static_cast<double>(latencies_[static_cast<std::size_t>(
                 part * static_cast<double>(latencies_.size() - 1))]) /
             1e6;
    };
    const auto whole =
        std::ranges::count_if(all_, [](const Connection& each) { return each.received == events; });
    fmt::print("{} {} {:.1f} {:.1f} {:.1f}\n", latencies_.size(), whole, at(0.5), at(0.99), at(1));
    std::fflush(stdout);
  }

 private:
  void connect_one(Connection& one) {
    one.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (one.socket < 0 ||
        ::connect(one.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      give_up("a follower cannot connect");
    const std::string head = fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path_);
    if (::send(one.socket, head.data(), head.size(), 0) != static_cast<ssize_t>(head.size()))
      give_up("a follower cannot ask");
  }
  static void wait_for_answer(Connection& one) {
    std::array<char, 4096> piece{};
    std::string answer;
    while (answer.find("retry") == answer.npos) {
      const auto got = ::recv(one.socket, piece.data(), piece.size(), 0);
      if (got <= 0) give_up("a follower was refused: " + answer);
      answer.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  void read_one(Connection& one) {
    std::array<char, 16384> piece{};
    const auto got = ::recv(one.socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (got <= 0) {
      ::epoll_ctl(poll_, EPOLL_CTL_DEL, one.socket, nullptr);
      return;
    }
    const std::int64_t now = now_ns();
    one.rest.append(piece.data(), static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = one.rest.find("\n\n")) != std::string::npos;
         one.rest.erase(0, end + 2)) {
      const std::string_view event = std::string_view(one.rest).substr(0, end);
      const auto at = event.find(mark);
      if (at == event.npos) continue;
      const auto digits = event.substr(at + mark.size());
      latencies_.push_back(
          now -
          parse_integer(digits.substr(0, digits.find_first_not_of("0123456789"))).value_or(0));
      ++one.received;
    }
  }

  std::string path_;
  int port_, poll_ = -1;
  std::vector<Connection> all_;
  std::vector<std::int64_t> latencies_;
};

// ------------------------------------------------------------------------------- the platform

struct Platform {
  Platform(const fs::path& folder, const std::string& url, int followers)
      : database(must(store::Database::open({.url = url}, clock))) {
    for (const auto migrations :
         {keys::migrations(), catalogue::migrations(), streams::migrations()})
      must(database->migrate(migrations));
    key_store =
        must(keys::Keys::open(*database, clock, random, std::make_shared<trust::KeyRing>()));
    index = must(catalogue::Index::open(folder / "index"));
    tables = must(datastore::Datastore::open({.directory = folder / "stream-tables"}, *database,
                                             clock, random));
    streams::LiveConfig config;
    config.feed.max_followers = config.feed.max_per_address = followers;
    live = std::make_unique<streams::Live>(*database, catalogue, *tables, *key_store, clock, random,
                                           std::move(config));
    publish_dataset();
    net::ServerConfig settings;
    settings.max_connections = followers + 64;
    const auto key_of = [](std::string_view) -> Result<interop::Key> {
      return interop::Key{"bench", AgencyCode{"moda"}};
    };
    static constexpr net::Access anyone{"anyone"};
    server = must(net::Server::start(settings,
                                     interop::routes({*database,
                                                      catalogue,
                                                      *index,
                                                      *tables,
                                                      clock,
                                                      key_of,
                                                      {.origin = "http://localhost"},
                                                      {},
                                                      {},
                                                      nullptr,
                                                      live.get()},
                                                     anyone),
                                     {}));
    live->start();
  }
  void publish_dataset() {
    wanted.id = live->new_id();
    wanted.fields = {{"station", "", intake::Type::text, ""}, {"t", "", intake::Type::integer, ""}};
    wanted.key = "station";
    must(database->transact([&](store::Transaction& tx) -> Result<void> {
      catalogue::Publisher publisher;
      publisher.code = {"moda"};
      publisher.title = {"數位發展部", "moda"};
      publisher.agency = "moda";
      MINBEN_CHECK(catalogue.save(tx, publisher));
      catalogue::Dataset dataset;
      dataset.name = "bench-live";
      dataset.title = {"即時", "Live"};
      dataset.description.zh_hant = "說明";
      dataset.publisher = {"moda"};
      dataset.licence = "OGDL-TW-1.0";
      dataset.distributions.push_back(
          streams::distribution_of(wanted, {"即時", "Live"}, "http://localhost"));
      MINBEN_TRY(puts, catalogue.put(tx, {&dataset, 1}, {}));
      MINBEN_TRY(put, std::move(puts.front()));
      wanted.dataset = put.id;
      MINBEN_CHECK(live->streams().make(tx, wanted));
      return {};
    }));
  }
  [[nodiscard]] std::string path(std::string_view call) const {
    return fmt::format("/api/streams/{}/{}", to_string(wanted.id), call);
  }
  void publish_one(net::Client& client, int number) const {
    net::ClientRequest request{
        net::Method::post,
        fmt::format("http://127.0.0.1:{}{}", server->port(), path("records")),
        {},
        {}};
    request.headers.set("Content-Type", "application/json");
    request.headers.set("Authorization", "Bearer bench");
    request.body = fmt::format(R"({{"station":"S{}","t":{}}})", number % 20, now_ns());
    const auto answer = must(client.send(request));
    if (answer.status != 201) give_up("not published: " + answer.body);
  }

  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<store::Database> database;
  catalogue::Catalogue catalogue{clock, random};
  std::unique_ptr<keys::Keys> key_store;
  std::unique_ptr<catalogue::Index> index;
  std::unique_ptr<datastore::Datastore> tables;
  std::unique_ptr<streams::Live> live;
  streams::NewStream wanted;
  std::unique_ptr<net::Server> server;
};

/// Its answer comes on the pipe.
pid_t start_followers(int port, std::string path, int count, int write_end) {
  std::array<std::string, 5> words{"/proc/self/exe", "follow", std::to_string(port),
                                   std::move(path), std::to_string(count)};
  std::array<char*, 6> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO);
  pid_t child = 0;
  if (::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) != 0)
    give_up("the followers do not start");
  ::posix_spawn_file_actions_destroy(&actions);
  return child;
}

}  // namespace

int run_followers(int argc, char** argv) {
  if (argc != 5) return 2;
  raise_limit();
  const auto number = [&](int at) { return static_cast<int>(parse_integer(argv[at]).value_or(0)); };
  Followers followers(number(2), argv[3], number(4));
  followers.connect_all();
  fmt::print("ready\n");
  std::fflush(stdout);
  followers.read_all();
  followers.report();
  return 0;
}

void follow_streams(int count, const fs::path& folder, const std::string& database_url,
                    std::vector<std::string>& lines) {
  const rlim_t limit = raise_limit();
  if (limit < static_cast<rlim_t>(count) + 256) {
    lines.push_back(fmt::format(
        "stream_followers: not measured, only {} open files are allowed and {} followers need "
        "{}",
        limit, count, count + 256));
    return;
  }
  const Platform platform(folder, database_url, count);
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) give_up("no pipe");
  const pid_t child =
      start_followers(platform.server->port(), platform.path("events"), count, pipe[1]);
  ::close(pipe[1]);
  std::FILE* heard = ::fdopen(pipe[0], "r");
  std::array<char, 256> line{};
  if (std::fgets(line.data(), line.size(), heard) == nullptr) give_up("the followers did not come");
  net::Client client{{}};
  const auto begin = Steady::now();
  for (int i = 0; i < events; ++i) {
    std::this_thread::sleep_until(begin + i * between);
    platform.publish_one(client, i);
  }
  const double took = seconds_since(begin);
  if (std::fgets(line.data(), line.size(), heard) == nullptr) give_up("the followers said nothing");
  std::fclose(heard);
  int status = 0;
  ::waitpid(child, &status, 0);
  const auto words = split(trim(line.data()), ' ');
  if (words.size() != 5) give_up("the followers said something else");
  lines.push_back(fmt::format("stream_followers: {}", count));
  lines.push_back(fmt::format("stream_events: {} in {:.1f} s", events, took));
  lines.push_back(fmt::format("stream_received: {} of {}", words[0],
                              static_cast<std::int64_t>(count) * events));
  lines.push_back(fmt::format("stream_followers_with_all: {}", words[1]));
  lines.push_back(fmt::format("stream_followers_{}_p50: {} ms", count, words[2]));
  lines.push_back(fmt::format("stream_followers_{}_p99: {} ms", count, words[3]));
  lines.push_back(fmt::format("stream_followers_{}_max: {} ms", count, words[4]));
}

}  // namespace minben::bench
