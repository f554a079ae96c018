#pragma once
// One client's connection: requests one after another until either side has enough.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <set>
#include <thread>

#include "deadlines.hpp"
#include "events.hpp"
#include "flow.hpp"
#include "parser.hpp"
#include "pipeline.hpp"
#include "rate_limit.hpp"
#include "stream.hpp"
#include "workers.hpp"

namespace minben::net {

class Connection;

/// What all connections of a server share.
struct Shared {
  Shared(ServerConfig server_config, Pipeline server_pipeline)
      : config(std::move(server_config)),
        pipeline(std::move(server_pipeline)),
        rate_limit(config.requests_per_second_per_address) {}
  const ServerConfig config;
  const Pipeline pipeline;
  RateLimit rate_limit;
  std::atomic<std::shared_ptr<asio::ssl::context>> tls;  ///< of new connections; none: plain
  std::vector<std::string> channel_names;                ///< of config.channels
  WorkerPool* workers = nullptr;
  std::atomic<int> connections = 0;
  std::atomic<bool> stopping = false;
};

/// One io_context, one thread, one acceptor. Everything here belongs to that thread.
struct Loop {
  Loop() : context(1), acceptor(context), date_timer(context) {}
  std::set<Connection*> connections;  ///< outlives the context, whose coroutines own them
  std::list<Connection*> waiting;     ///< of those, who have not said what they want; longest first
  std::string date;                   ///< for the Date field, renewed by a timer
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer date_timer;
  std::thread thread;
};

class Connection : public std::enable_shared_from_this<Connection>, public Timed {
 public:
  Connection(asio::ip::tcp::socket socket, Shared& shared, Loop& loop);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  asio::awaitable<void> run();
  void stop_if_idle();  ///< also ends event streams
  void close() { stream_.close(); }
  /// Closes the connection of a loop that has waited for longest without a request under way, for
  /// another one to have its place. False: there is none.
  static bool make_room(Loop& loop);

 private:
  class ServerFlow;                             // connection_flow.cpp
  class ServerChannel;                          // connection_flow.cpp
  enum class Next { keep_alive, close, drop };  ///< drop: as close, without lingering
  struct Refusal {
    Error error;
    int status;
    std::string allowed;
  };

  asio::awaitable<Next> serve_one();
  asio::awaitable<std::optional<Refusal>> read_head(RequestParser& parser);
  std::optional<Refusal> admit(const RequestHead& head);
  std::optional<Refusal> find_route(const RequestHead& head);
  asio::awaitable<std::optional<Refusal>> read_body(RequestParser& parser);
  asio::awaitable<Next> answer(bool keep_alive);
  asio::awaitable<Next> flow(RequestParser& parser, bool keep_alive);
  asio::awaitable<bool> run_channel();
  asio::awaitable<Next> refuse(Refusal refusal, bool keep_alive);
  asio::awaitable<void> on_worker(WorkerPool::Task task);
  asio::awaitable<Next> respond(Response response, bool keep_alive);
  asio::awaitable<bool> write_file(const std::filesystem::path& path, std::uint64_t size);
  asio::awaitable<void> stream_events(Response response);
  asio::awaitable<void> write_events(std::shared_ptr<EventQueue> queue);
  asio::awaitable<void> watch_for_end(std::shared_ptr<EventQueue> queue);
  asio::awaitable<bool> read_more(std::size_t size = 16u << 10);
  void on_expiry() override { close(); }
  void wait_for_request();  ///< from now on
  void has_request();

  Shared& shared_;
  Loop& loop_;
  Stream stream_;
  asio::steady_timer event_timer_;
  std::weak_ptr<EventQueue> events_;
  std::string buffer_;  ///< received, not yet parsed
  std::string remote_address_;
  std::string peer_certificate_;
  bool idle_ = false;
  std::list<Connection*>::iterator place_;  ///< in the loop's waiting; its end: not there
  Request request_;
  const Route* route_ = nullptr;
};

}  // namespace minben::net
