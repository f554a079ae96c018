// Requests and channels of a server that are handed on as they come (flow.hpp).
#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "connection.hpp"

namespace minben::net {

namespace {

constexpr seconds write_time{60};  ///< for each piece of an answer
/// A body that comes slower than this after its first half minute is not waited for.
constexpr seconds slow_start{30};
constexpr std::uint64_t least_rate = 1024;  ///< bytes a second

}  // namespace

class Connection::ServerFlow final : public Flow {
 public:
  ServerFlow(Connection& connection, RequestParser& parser, bool keep_alive)
      : connection_(connection),
        parser_(parser),
        keep_alive_(keep_alive),
        since_(std::chrono::steady_clock::now()) {
    request = std::move(connection_.request_);
    const RequestHead& head = parser_.head();
    length = head.has_body ? head.content_length : std::optional<std::uint64_t>(0);
    if (head.has_body) parser_.expect_body(pieces_, connection_.route_->max_body);
    body_is_read_ = !head.has_body;
  }

  Task<Result<std::string_view>> read() override {
    pieces_.bytes.clear();
    if (body_is_read_) co_return std::string_view();
    if (parser_.head().expects_continue && !std::exchange(continued_, true) &&
        connection_.buffer_.empty()) {
      const bool written = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
      if (!written) co_return fail(Kind::unavailable, "broken", "the client has gone");
    }
    connection_.expire_in(connection_.shared_.config.read_timeout_s);
    while (pieces_.bytes.empty() && !parser_.done()) {
      auto advanced = co_await advance();
      if (!advanced) co_return std::unexpected(std::move(advanced).error());
    }
    connection_.expire_in(std::nullopt);
    body_is_read_ = parser_.done();
    received_ += pieces_.bytes.size();
    co_return std::string_view(pieces_.bytes);
  }

  Task<bool> answer(Response response) override {
    const auto size = response.body.size();
    begun_ = true;
    std::string bytes = write_head(response, connection_.loop_.date, stays(), size);
    if (has_body(response)) bytes += response.body;
    ended_ = co_await send(bytes);
    co_return ended_;
  }

  Task<bool> begin(const Response& head, std::optional<std::uint64_t> size) override {
    begun_ = true;
    chunked_ = !size && has_body(head);
    std::string bytes = write_head(head, connection_.loop_.date, stays(), size);
    if (chunked_) bytes.insert(bytes.size() - 2, "Transfer-Encoding: chunked\r\n");
    const bool written = co_await send(bytes);
    co_return written;
  }

  Task<bool> write(std::string_view piece) override {
    if (piece.empty()) co_return true;
    if (!chunked_) {
      const bool written = co_await send(piece);
      co_return written;
    }
    const std::string bytes = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    const bool written = co_await send(bytes);
    co_return written;
  }

  Task<bool> end() override {
    ended_ = true;
    if (chunked_) ended_ = co_await send("0\r\n\r\n");
    co_return ended_;
  }

  [[nodiscard]] Next after() const {
    if (!begun_ || !ended_) return Next::drop;
    return stays() ? Next::keep_alive : Next::close;
  }

 private:
  /// What comes after a body that nobody read would be taken for a request.
  [[nodiscard]] bool stays() const { return keep_alive_ && body_is_read_; }
  [[nodiscard]] bool has_body(const Response& response) const {
    return request.method != Method::head && !has_no_body(response.status);
  }

  Task<Result<void>> advance() {
    std::string& buffer = connection_.buffer_;
    if (buffer.empty() || stuck_) {
      const bool more = co_await connection_.read_more(piece_size);
      if (!more) co_return fail(Kind::unavailable, "broken", "the client has gone");
    }
    const auto used = parser_.put(buffer);
    if (!used) co_return std::unexpected(used.error());
    buffer.erase(0, *used);
    stuck_ = *used == 0;
    if (stuck_ && buffer.size() > connection_.shared_.config.max_header_bytes)
      co_return fail(Kind::invalid, "bad_request", "chunk header too long");
    const auto age = std::chrono::steady_clock::now() - since_;
    if (age > slow_start &&
        received_ + pieces_.bytes.size() <
            least_rate * static_cast<std::uint64_t>(std::chrono::floor<seconds>(age).count()))
      co_return fail(Kind::unavailable, "broken", "the body comes too slowly");
    co_return Result<void>{};
  }

  Task<bool> send(std::string_view bytes) {
    connection_.expire_in(write_time);
    const bool written = co_await connection_.stream_.write(bytes);
    connection_.expire_in(std::nullopt);
    co_return written;
  }

  Connection& connection_;
  RequestParser& parser_;
  const bool keep_alive_;
  const SteadyTime since_;
  BodyPieces pieces_;
  std::uint64_t received_ = 0;
  bool stuck_ = false;  ///< the parser needs more than what is there
  bool continued_ = false;
  bool body_is_read_ = false;
  bool chunked_ = false;
  bool begun_ = false;
  bool ended_ = false;
};

asio::awaitable<Connection::Next> Connection::flow(RequestParser& parser, bool keep_alive) {
  ServerFlow flow(*this, parser, keep_alive);
  expire_in(std::nullopt);
  try {
    co_await route_->flow->run(flow);
  } catch (const std::exception& exception) {
    spdlog::error("{} threw: {}", route_->pattern, exception.what());
    co_return Next::drop;
  }
  co_return flow.after();
}

class Connection::ServerChannel final : public Channel {
 public:
  explicit ServerChannel(Connection& connection) : connection_(connection) {
    peer_certificate_ = connection.peer_certificate_;
    peer_proof_ = connection.stream_.peer_proof();
    remote_address_ = connection.remote_address_;
  }

  Task<Result<void>> receive() override {
    connection_.idle_ = received.empty();
    if (connection_.idle_) connection_.wait_for_request();
    connection_.buffer_.swap(received);
    const bool more = co_await connection_.read_more(received_size_);
    connection_.buffer_.swap(received);
    // Longer reads for long messages only.
    received_size_ = received.size() >= received_size_ ? piece_size : small_read;
    connection_.idle_ = false;
    connection_.has_request();
    if (!more) co_return fail(Kind::unavailable, "broken", "the peer has gone");
    co_return Result<void>{};
  }

  Task<Result<void>> send(std::string_view bytes) override {
    const bool written = co_await connection_.stream_.write(bytes);
    if (!written) co_return fail(Kind::unavailable, "broken", "the peer has gone");
    co_return Result<void>{};
  }

  void expire_in(std::optional<milliseconds> time) override { connection_.expire_in(time); }
  void close() override { connection_.close(); }
  [[nodiscard]] bool ending() const override { return connection_.shared_.stopping; }

 private:
  static constexpr std::size_t small_read = 8u << 10;
  Connection& connection_;
  std::size_t received_size_ = small_read;
};

asio::awaitable<bool> Connection::run_channel() {
  const std::string name(stream_.protocol());
  const auto found = shared_.config.channels.find(name);
  if (name.empty() || found == shared_.config.channels.end()) co_return false;
  ServerChannel channel(*this);
  channel.expire_in(shared_.config.idle_timeout_s);
  try {
    co_await found->second->run(channel);
  } catch (const std::exception& exception) {
    spdlog::error("channel {} threw: {}", name, exception.what());
  }
  co_return true;
}

}  // namespace minben::net
