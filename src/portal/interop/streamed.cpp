#include "streamed.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <zlib.h>

#include "net/flow.hpp"

namespace minben::interop {

namespace {

constexpr std::size_t most_waiting = 4;

/// Pieces on their way from the thread to the loop.
class Pipe {
 public:
  /// By the thread: waits while the reader is behind. False: nobody reads any more.
  bool put(std::string piece) {
    net::Resume woken;
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return closed_ || pieces_.size() < most_waiting; });
      if (closed_) return false;
      pieces_.push_back(std::move(piece));
      woken = std::move(waiting_);
      waiting_ = nullptr;
    }
    if (woken) woken();
    return true;
  }
  void finish(Result<void> outcome) {
    net::Resume woken;
    {
      const std::lock_guard lock(mutex_);
      outcome_ = std::move(outcome);
      woken = std::move(waiting_);
      waiting_ = nullptr;
    }
    if (woken) woken();
  }

  struct Next {
    std::optional<std::string> piece;
    Result<void> outcome;  ///< when there is no piece
  };
  /// By the loop.
  net::Task<Next> next() {
    co_await net::suspend([this](net::Resume resume) {
      {
        const std::lock_guard lock(mutex_);
        if (pieces_.empty() && !outcome_) {
          waiting_ = std::move(resume);
          return;
        }
      }
      resume();
    });
    const std::lock_guard lock(mutex_);
    Next next;
    if (!pieces_.empty()) {
      next.piece = std::move(pieces_.front());
      pieces_.pop_front();
      room_.notify_one();
    } else {
      next.outcome = *outcome_;
    }
    co_return next;
  }
  /// By the loop: nobody reads any more.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::string> pieces_;
  std::optional<Result<void>> outcome_;
  net::Resume waiting_;
  bool closed_ = false;
};

/// RFC 1952.
class Gzip {
 public:
  Gzip() {
    MINBEN_ASSERT(deflateInit2(&stream_, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~Gzip() { deflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  std::string put(std::string_view piece, bool last) {
    std::string out;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + (64u << 10));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = 64u << 10;
      deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      out.resize(out.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return out;
  }

 private:
  z_stream stream_{};
};

void make(const Streamed& wanted, Pipe& pipe) {
  Gzip gzip;
  const Error gone{Kind::unavailable, "broken", "the client has gone", {}, 0, 0};
  auto made = wanted.produce([&](std::string_view piece) -> Result<void> {
    std::string ready = wanted.gzip ? gzip.put(piece, false) : std::string(piece);
    if (!ready.empty() && !pipe.put(std::move(ready))) return fail(gone);
    return {};
  });
  if (made && wanted.gzip && !pipe.put(gzip.put({}, true))) made = fail(gone);
  pipe.finish(std::move(made));
}

/// Sends what the pipe gives; whether the whole was sent.
net::Task<void> send(net::Flow& flow, const Streamed& wanted, Pipe& pipe, Refused refused) {
  bool begun = false;
  while (true) {
    Pipe::Next next = co_await pipe.next();
    if (!next.piece && !next.outcome) {
      if (!begun) co_await flow.answer(refused(next.outcome.error()));
      co_return;
    }
    if (!begun) {
      const bool open = co_await flow.begin(wanted.head, std::nullopt);
      if (!open) co_return;
      begun = true;
    }
    if (!next.piece) {
      co_await flow.end();
      co_return;
    }
    std::string_view rest = *next.piece;
    while (!rest.empty()) {
      const bool open = co_await flow.write(rest.substr(0, net::piece_size));
      if (!open) co_return;
      rest.remove_prefix(std::min(rest.size(), net::piece_size));
    }
  }
}

net::Response busy(Refused refused) {
  net::Response response =
      refused(fail(Kind::unavailable, "busy", "too many downloads at once").error());
  response.headers.set("Retry-After", "10");
  return response;
}

net::Task<void> run(net::Flow& flow, const std::function<Result<Streamed>(net::Request&)>& prepare,
                    std::atomic<int>& under_way, int at_once, Refused refused) {
  if (++under_way > at_once) {
    --under_way;
    co_await flow.answer(busy(refused));
    co_return;
  }
  // Looking at the request asks the database: not on the loop.
  std::optional<Result<Streamed>> prepared;
  Pipe pipe;
  std::thread thread;
  co_await net::suspend([&](net::Resume resume) {
    thread = std::thread([&, resume = std::move(resume)]() mutable {
      prepared.emplace(prepare(flow.request));
      resume();
    });
  });
  thread.join();
  if (!*prepared) {
    --under_way;
    co_await flow.answer(refused(prepared->error()));
    co_return;
  }
  const Streamed& wanted = **prepared;
  thread = std::thread([&] { make(wanted, pipe); });
  co_await send(flow, wanted, pipe, refused);
  pipe.close();
  co_await net::suspend([&](net::Resume resume) {
    std::thread([&, resume = std::move(resume)]() mutable {
      thread.join();
      resume();
    }).detach();
  });
  --under_way;
}

}  // namespace

net::Response as_problem(const Error& error) { return net::Response::problem(error); }

net::Route streamed_route(std::string pattern, net::Access access, int at_once,
                          std::function<Result<Streamed>(net::Request&)> prepare, Refused refused) {
  net::Route route{net::Method::get, std::move(pattern), access, 0, {}};
  route.flow = net::flow_handler(
      [prepare = std::move(prepare), at_once, refused,
       under_way = std::make_shared<std::atomic<int>>(0)](net::Flow& flow) -> net::Task<void> {
        return run(flow, prepare, *under_way, at_once, refused);
      });
  return route;
}

}  // namespace minben::interop
