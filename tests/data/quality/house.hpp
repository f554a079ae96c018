#pragma once
// A catalogue whose addresses are checked, and servers of others that behave as badly as a test
// wants; on a virtual clock that begins at noon in Taiwan on 30 November 2026.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "keys/keys.hpp"
#include "quality/league.hpp"
#include "quality/quality.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::quality {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A server of files, as agencies have them.
class Files {
 public:
  using Answer = std::function<net::Response(const net::Request&)>;

  Files() {
    const net::Access anyone{"anyone"};
    const auto handler = [this](net::Request& request) { return answer(request); };
    std::vector<net::Route> routes{{net::Method::get, "/{path...}", anyone, 0, handler},
                                   {net::Method::head, "/{path...}", anyone, 0, handler}};
    server_ = must(net::Server::start({}, std::move(routes), {}));
  }
  [[nodiscard]] std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
  }
  void at(const std::string& path, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(answer);
  }
  void file(const std::string& path, std::string body, std::string type = "text/csv",
            std::string etag = {}) {
    at(path, [=](const net::Request&) {
      net::Response response = net::Response::bytes(body, type);
      if (!etag.empty()) response.headers.set("ETag", etag);
      return response;
    });
  }
  /// "GET /a.csv" of what was asked since the last call.
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }
  std::string agent() {
    const std::lock_guard lock(mutex_);
    return agent_;
  }
  std::atomic<int> most_at_once = 0;

 private:
  net::Response answer(const net::Request& request) {
    const int now = ++at_once_;
    if (now > most_at_once) most_at_once = now;
    Answer wanted;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(
          fmt::format("{} {}", request.method == net::Method::head ? "HEAD" : "GET", request.path));
      agent_ = request.headers.get("User-Agent");
      const auto found = answers_.find(request.path);
      if (found != answers_.end()) wanted = found->second;
    }
    net::Response response = wanted ? wanted(request) : net::Response::text("gone", 404);
    --at_once_;
    return response;
  }

  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::vector<std::string> asked_;
  std::string agent_;
  std::atomic<int> at_once_ = 0;
  std::unique_ptr<net::Server> server_;
};

/// A server whose answer never ends.
class Endless {
 public:
  Endless() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    (void)::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    (void)::listen(socket_, 8);
    (void)::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Endless() {
    ::shutdown(socket_, SHUT_RDWR);
    ::close(socket_);
    thread_.join();
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/file.csv", port_);
  }
  std::atomic<std::int64_t> sent = 0;

 private:
  void serve() {
    for (int client = 0; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
      std::array<char, 4096> request{};
      (void)::recv(client, request.data(), request.size(), 0);
      const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\nname,value\r\n";
      (void)::send(client, head.data(), head.size(), MSG_NOSIGNAL);
      const std::string piece(64u << 10, 'x');
      for (ssize_t put = 0; (put = ::send(client, piece.data(), piece.size(), MSG_NOSIGNAL)) > 0;)
        sent += put;
    }
  }
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

inline constexpr std::string_view stations = "測站,縣市,數值\n古亭,臺北市,12\n左營,高雄市,31\n";

struct House : testing::Test {
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SeededRandom random{27};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{clock,
                                {keys::migrations(), identity::migrations(),
                                 catalogue::migrations(), datastore::migrations(), migrations()}};
  std::unique_ptr<keys::Keys> key_store =
      must(keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>()));
  identity::Identity identity{db.database(), clock, random, *key_store, {}};
  catalogue::Catalogue catalogue{clock, random};
  std::unique_ptr<datastore::Datastore> tables = must(datastore::Datastore::open(
      {.directory = temporary.path() / "tables"}, db.database(), clock, random));
  Files files;
  Quality quality{{db.database(), catalogue, *tables, clock, random}, settings()};

  static Config settings() {
    Config config;
    config.origin = "https://data.example.tw";
    config.fetcher.networks = {*net::Network::parse("127.0.0.0/8")};
    config.fetcher.user_agent = "minben-quality (+https://data.example.tw)";
    config.pause = milliseconds{0};
    config.request_timeout = milliseconds{3000};
    config.stall_timeout = milliseconds{700};
    config.most_bytes = 1u << 20;
    return config;
  }
  void SetUp() override { publisher("moenv", "moenv"); }

  template <class Work>
  auto act(Work&& work) {
    return must(db->transact(std::forward<Work>(work)));
  }
  template <class Work>
  void act_void(Work&& work) {
    must(db->transact(std::forward<Work>(work)));
  }
  void publisher(const std::string& code, const std::string& agency) {
    catalogue::Publisher made;
    made.code = catalogue::PublisherCode{code};
    made.title = {"某部", "A ministry"};
    made.agency = agency;
    act_void([&](store::Transaction& tx) { return catalogue.save(tx, made); });
  }

  static catalogue::Distribution distribution(const std::string& url) {
    catalogue::Distribution made;
    made.title.zh_hant = "全部";
    made.format = "CSV";
    made.media_type = "text/csv";
    made.character_encoding = "UTF-8";
    made.download_url = url;
    for (const char* name : {"測站", "縣市", "數值"})
      made.fields.push_back({name, {"說明", "about"}, "text", ""});
    return made;
  }
  catalogue::Dataset dataset(const std::string& name, const std::string& url) {
    catalogue::Dataset made;
    made.name = name;
    made.title = {"資料集" + name, "Dataset " + name};
    made.description.zh_hant = "說明";
    made.publisher = catalogue::PublisherCode{"moenv"};
    made.licence = "OGDL-TW-1.0";
    made.frequency = {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::month, 1};
    made.modified = clock.now();
    made.distributions.push_back(distribution(url));
    return made;
  }
  /// New, or the next version of what has its id.
  catalogue::Entry put(const catalogue::Dataset& given) {
    return act([&](store::Transaction& tx) -> Result<catalogue::Entry> {
      MINBEN_TRY(puts, catalogue.put(tx, {&given, 1}, {}));
      MINBEN_TRY(done, std::move(puts.front()));
      return catalogue.find(tx, done.id);
    });
  }
  /// Everything that is due now; how many addresses.
  int work() {
    must(quality.follow());
    int count = 0;
    while (must(quality.work_once())) ++count;
    return count;
  }
  Report report(const std::string& name) {
    return act([&](store::Transaction& tx) -> Result<Report> {
      MINBEN_TRY(entry, catalogue.find(tx, std::string_view(name)));
      return quality.report(tx, entry);
    });
  }
  /// Of the only address of a dataset, or the one of this kind.
  Link link(const std::string& name, LinkKind kind = LinkKind::download) {
    const Report all = report(name);
    for (const Link& each : all.links)
      if (each.kind == kind) return each;
    ADD_FAILURE() << "no such address";
    return {};
  }
  /// Why a criterion is not met; "" when it is.
  std::string reason(const std::string& name, std::string_view criterion) {
    for (const Evidence& each : link(name).evidence)
      if (each.criterion == criterion) return each.reason;
    return "not there";
  }
  std::vector<Check> checks(const std::string& name) {
    const auto id = report(name).dataset;
    return act([&](store::Transaction& tx) { return quality.checks(tx, id, 100); });
  }
  std::vector<BadgeChange> changes(const std::string& name) {
    const auto id = report(name).dataset;
    return act([&](store::Transaction& tx) { return quality.changes(tx, id, 100); });
  }
  /// "badge gold", "link_broken" of the outbox, in order.
  std::vector<std::string> told() {
    static constexpr store::Query all{
        "test_events", "select payload from store.event where topic = 'quality' order by position"};
    std::vector<std::string> out;
    const auto rows = must(db->run(all));
    for (const store::Row row : rows) {
      const Json payload = row.json("payload");
      out.push_back(string_or(payload, "what"));
      if (const auto badge = string_or(payload, "badge"); !badge.empty()) out.back() += " " + badge;
    }
    return out;
  }
};

}  // namespace minben::quality
