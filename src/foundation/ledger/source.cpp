// Reading a log's files from a directory or a server.
#include <thread>

#include "ledger/files.hpp"
#include "ledger/ledger.hpp"
#include "ledger/verify.hpp"

namespace minben::ledger {

namespace {

class DirectorySource final : public Source {
 public:
  explicit DirectorySource(fs::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] int readers() const override {
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  }

  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path) const override {
    auto content = disk().read(directory_ / path);
    if (content) return content;
    Error error = content.error();
    error.field = path;
    if (error.code == "ledger_failed") error.code = "source_failed";
    return fail(std::move(error));
  }

 private:
  fs::path directory_;
};

class HttpSource final : public Source {
 public:
  HttpSource(std::string prefix, const HttpSourceOptions& options)
      : prefix_(std::move(prefix)),
        options_(options),
        client_({.server_ca_pem = options.server_ca_pem,
                 .timeout_ms = options.timeout_ms,
                 .max_response_bytes = largest_file,
                 .max_idle_connections = options.requests}) {}

  [[nodiscard]] int readers() const override { return options_.requests; }

  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path) const override {
    milliseconds pause = options_.pause_ms;
    for (int left = options_.tries;; --left) {
      auto answer = ask(path);
      const bool again = !answer && answer.error().kind == Kind::unavailable;
      if (!again || left <= 1) return answer;
      std::this_thread::sleep_for(pause);
      pause *= 2;
    }
  }

 private:
  [[nodiscard]] Result<std::optional<Bytes>> ask(const std::string& path) const {
    const auto answer = client_.send({.url = prefix_ + path});
    if (!answer) {
      Error error = answer.error();
      error.field = path;
      return fail(std::move(error));
    }
    if (answer->status == 200) return Bytes(answer->body.begin(), answer->body.end());
    if (answer->status == 404 || answer->status == 410) return std::nullopt;
    const bool passing = answer->status == 429 || answer->status >= 500;
    return fail(passing ? Kind::unavailable : Kind::invalid, "source_unavailable",
                fmt::format("the server answers {}", answer->status), path);
  }

  std::string prefix_;
  HttpSourceOptions options_;
  mutable net::Client client_;
};

class LogSource final : public Source {
 public:
  explicit LogSource(const Log& log) : log_(log) {}
  [[nodiscard]] int readers() const override { return 1; }
  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path) const override {
    if (path == "checkpoint") return bytes_of(log_.checkpoint());
    if (path == "vkey") return bytes_of(log_.vkey() + "\n");
    const auto tile = parse_tile_path(path);
    return tile ? log_.tile(*tile) : std::nullopt;
  }

 private:
  static std::optional<Bytes> bytes_of(const std::string& text) {
    return Bytes(text.begin(), text.end());
  }

  const Log& log_;
};

}  // namespace

std::unique_ptr<Source> log_source(const Log& log) { return std::make_unique<LogSource>(log); }

std::unique_ptr<Source> directory_source(fs::path directory) {
  return std::make_unique<DirectorySource>(std::move(directory));
}

Result<std::unique_ptr<Source>> http_source(std::string_view url,
                                            const HttpSourceOptions& options) {
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return fail(Kind::invalid, "bad_url", "a log's address begins with http:// or https://");
  if (url.find_first_of("?#") != url.npos)
    return fail(Kind::invalid, "bad_url", "a log's address is a prefix, without query");
  std::string prefix(url);
  if (!prefix.ends_with('/')) prefix += '/';
  return std::make_unique<HttpSource>(std::move(prefix), options);
}

}  // namespace minben::ledger
