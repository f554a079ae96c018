#include "fetch.hpp"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <set>

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "address.hpp"
#include "blocking_stream.hpp"
#include "parser.hpp"

namespace minben::net {

// ---------------------------------------------------------------------------------- addresses

std::string plain_url(std::string_view written) {
  std::string out;
  for (const char c : trim(written)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept = byte > 0x20 && byte < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' &&
                      c != '^' && c != '`' && c != '{' && c != '|' && c != '}';
    if (kept) out += c;
    else out += fmt::format("%{:02X}", byte);
  }
  return out;
}

namespace {

/// §5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == ".." && kept.size() > 1) kept.pop_back();
    else if (parts[i] != "." && parts[i] != "..") {
      kept.push_back(parts[i]);
      continue;
    }
    if (last) kept.emplace_back();
  }
  return fmt::format("{}", fmt::join(kept, "/"));
}

}  // namespace

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  const std::string given = plain_url(reference);
  const std::string_view target = std::string_view(given).substr(0, given.find('#'));
  MINBEN_TRY(from, parse_url(base));
  const std::string_view scheme = from.secure ? "https:" : "http:";
  const std::string root = fmt::format("{}//{}", scheme, from.authority);
  std::string made;
  const auto colon = target.find(':');
  if (colon != target.npos && target.find_first_of("/?") > colon) {
    made = target;
  } else if (target.starts_with("//")) {
    made = fmt::format("{}{}", scheme, target);
  } else {
    const std::string_view path = std::string_view(from.target).substr(0, from.target.find('?'));
    const auto question = target.find('?');
    const std::string_view rest =
        question == target.npos ? std::string_view() : target.substr(question);
    const std::string_view named = target.substr(0, question);
    if (named.empty()) made = fmt::format("{}{}{}", root, path, rest);
    else if (named.starts_with('/')) made = fmt::format("{}{}{}", root, without_dots(named), rest);
    else
      made = fmt::format("{}{}{}", root,
                         without_dots(fmt::format("{}/{}", path.substr(0, path.rfind('/')), named)),
                         rest);
  }
  MINBEN_CHECK(parse_url(made));
  return made;
}

// ------------------------------------------------------------------------------------- patience

namespace {

constexpr seconds longest_patience{86'400};

/// IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<Instant> http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT")) return {};
  const auto month = months.find(text.substr(8, 3));
  if (month == months.npos || month % 3 != 0) return {};
  const auto instant = parse_instant(fmt::format(
      "{}-{:02}-{}T{}Z", text.substr(12, 4), month / 3 + 1, text.substr(5, 2), text.substr(17, 8)));
  return instant ? std::optional(*instant) : std::nullopt;
}

}  // namespace

seconds read_retry_after(std::string_view text, Instant now) {
  text = trim(text);
  if (const auto number = parse_integer(text, 0, longest_patience.count())) return seconds{*number};
  const auto until = http_date(text);
  if (!until) return seconds{0};
  return std::clamp(std::chrono::ceil<seconds>(*until - now), seconds{0}, longest_patience);
}

// ------------------------------------------------------------------------------------ fetching

namespace {

class Passing final : public BodyTarget {
 public:
  Passing(const FetchSink& sink, std::uint64_t enough) : sink_(sink), enough_(enough) {}
  bool add(std::string_view piece) override {
    if (failure || satisfied) return false;
    if (enough_ > 0 && bytes + piece.size() >= enough_) {
      piece = piece.substr(0, enough_ - bytes);
      satisfied = true;
    }
    bytes += piece.size();
    if (const auto taken = sink_(piece); !taken) failure = taken.error();
    return !failure && !satisfied;
  }
  std::optional<Error> failure = std::nullopt;
  bool satisfied = false;
  std::uint64_t bytes = 0;

 private:
  const FetchSink& sink_;
  std::uint64_t enough_;
};

std::string origin_of(std::string_view url) {
  const auto address = parse_url(url);
  return address ? address->key() : std::string();
}

/// What was meant for one server is not told to another one that it names.
Headers without_secrets(const Headers& headers) {
  Headers kept;
  for (const auto& [name, value] : headers.all()) {
    const std::string lower = to_lower_ascii(name);
    if (lower != "authorization" && lower != "cookie" && !lower.starts_with("x-"))
      kept.add(name, value);
  }
  return kept;
}

bool leads_on(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

struct Fetcher::Impl {
  FetcherConfig config;
  mutable std::mutex mutex = {};
  mutable TlsContext tls = {};

  Result<ssl_ctx_st*> tls_context() const;
  Result<BlockingStream> open(const Address& address, Deadline deadline) const;
  Result<Fetched> once(const Fetch& wanted, const std::string& url, Deadline end,
                       const FetchSink& sink) const;
};

Fetcher::Fetcher(FetcherConfig config) : impl_(new Impl{std::move(config)}) {}
Fetcher::~Fetcher() = default;

/// Many who publish data still speak TLS 1.2 only.
Result<ssl_ctx_st*> Fetcher::Impl::tls_context() const {
  const std::lock_guard lock(mutex);
  if (!tls) {
    MINBEN_TRY(made, client_tls(std::nullopt, config.server_ca_pem));
    SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
    tls = std::move(made);
  }
  return tls.get();
}

Result<BlockingStream> Fetcher::Impl::open(const Address& address, Deadline deadline) const {
  ssl_ctx_st* context = nullptr;
  if (address.secure) {
    MINBEN_TRY(made, tls_context());
    context = made;
  }
  MINBEN_TRY(stream, BlockingStream::connect(
                         address.host, address.port, deadline,
                         [this](std::string_view to) { return may_reach(to, config.networks); }));
  if (context) MINBEN_CHECK(stream.start_tls(context, address.host, deadline));
  return stream;
}

namespace {

/// One answer as it comes in.
class Answer {
 public:
  Answer(const Fetch& wanted, const FetchSink& sink)
      : wanted_(wanted), sink_(sink), parser_(wanted.method == Method::head) {}

  /// False: no more is wanted.
  Result<bool> take(std::string_view bytes) {
    pending_ += bytes;
    while (!parser_.done()) {
      const auto used = parser_.put(pending_);
      if (!used) {
        if (body_ && body_->failure) return fail(std::move(*body_->failure));
        if (body_ && body_->satisfied) return false;
        return fail(used.error());
      }
      pending_.erase(0, *used);
      if (!parser_.head_done() || body_) break;
      MINBEN_CHECK(begin_body());
    }
    return !parser_.done();
  }
  Result<void> closed() {
    if (!parser_.head_done()) return fail(Kind::unavailable, "broken", "closed without an answer");
    if (parser_.done()) return {};
    return parser_.put_end();
  }
  Fetched result() && {
    fetched_.bytes = body_ ? body_->bytes : 0;
    fetched_.whole = !body_ || !body_->satisfied;
    return std::move(fetched_);
  }

 private:
  Result<void> begin_body() {
    ClientResponse head = parser_.take_head();
    fetched_.status = head.status;
    fetched_.headers = std::move(head.headers);
    const bool cut = wanted_.enough_bytes > 0;
    if (!cut && parser_.content_length().value_or(0) > wanted_.max_bytes)
      return fail(Kind::too_large, "response_too_large", "the body is larger than allowed here");
    body_.emplace(leads_on(fetched_.status) ? nobody_ : sink_, wanted_.enough_bytes);
    parser_.expect_body(*body_, wanted_.max_bytes);
    return {};
  }

  const Fetch& wanted_;
  const FetchSink& sink_;
  const FetchSink nobody_ = [](std::string_view) -> Result<void> { return {}; };  // of redirects
  AnswerParser parser_;
  Fetched fetched_;
  std::optional<Passing> body_ = std::nullopt;
  std::string pending_;
};

}  // namespace

Result<Fetched> Fetcher::Impl::once(const Fetch& wanted, const std::string& url, Deadline end,
                                    const FetchSink& sink) const {
  const auto next = [&] {
    return std::min(end, std::chrono::steady_clock::now() + wanted.stall_timeout_ms);
  };
  MINBEN_TRY(address, parse_url(url));
  ClientRequest request{wanted.method, url, wanted.headers, {}};
  if (!request.headers.has("User-Agent")) request.headers.set("User-Agent", config.user_agent);
  if (!request.headers.has("Accept")) request.headers.set("Accept", "*/*");
  request.headers.set("Connection", "close");
  const Framing framing = wanted.body.empty() ? Framing::none : Framing::length;
  MINBEN_TRY(head, write_request_head(request, address, framing, wanted.body.size()));
  MINBEN_TRY(stream, open(address, next()));
  MINBEN_CHECK(stream.write(head + wanted.body, next()));
  Answer answer(wanted, sink);
  std::vector<char> piece(64u << 10);
  while (true) {
    if (wanted.cancelled && wanted.cancelled()) return fail(Kind::unavailable, "cancelled");
    MINBEN_TRY(size, stream.read(piece, next()));
    if (size == 0) {
      MINBEN_CHECK(answer.closed());
      break;
    }
    MINBEN_TRY(more, answer.take({piece.data(), size}));
    if (!more) break;
  }
  return std::move(answer).result();
}

Result<Fetched> Fetcher::fetch(const Fetch& wanted, const FetchSink& sink) const {
  const Deadline end = std::chrono::steady_clock::now() + wanted.timeout_ms;
  std::string url = plain_url(wanted.url);
  url.resize(std::min(url.size(), url.find('#')));
  std::vector<std::string> way;
  std::set<std::string> seen{url};
  Fetch now = wanted;
  while (true) {
    MINBEN_TRY(fetched, impl_->once(now, url, end, sink));
    fetched.url = url;
    const std::string_view to = fetched.headers.get("Location");
    const bool follows = wanted.method == Method::get || wanted.method == Method::head;
    if (!follows || !leads_on(fetched.status) || to.empty()) {
      fetched.redirects = std::move(way);
      return fetched;
    }
    if (static_cast<int>(way.size()) == impl_->config.max_redirects)
      return fail(Kind::unavailable, "too_many_redirects",
                  fmt::format("more than {}", impl_->config.max_redirects), wanted.url);
    MINBEN_TRY(next, resolve_url(url, to));
    if (!seen.insert(next).second)
      return fail(Kind::unavailable, "redirect_loop", "it leads back to itself", wanted.url);
    if (origin_of(next) != origin_of(url)) now.headers = without_secrets(now.headers);
    way.push_back(next);
    url = std::move(next);
  }
}

Result<std::pair<Fetched, std::string>> Fetcher::text(const Fetch& wanted) const {
  std::string body;
  MINBEN_TRY(fetched, fetch(wanted, [&](std::string_view piece) -> Result<void> {
               body += piece;
               return {};
             }));
  return std::pair{std::move(fetched), std::move(body)};
}

Result<Fetched> Fetcher::file(const Fetch& wanted, const std::filesystem::path& to) const {
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  auto fetched = fetch(wanted, [&](std::string_view piece) -> Result<void> {
    out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!out)
      return fail(Kind::internal, "write_failed", "the disk is full or broken", to.string());
    return {};
  });
  out.close();
  if (fetched && out) return fetched;
  std::error_code ignored;
  std::filesystem::remove(to, ignored);
  if (!fetched) return fetched;
  return fail(Kind::internal, "write_failed", "the disk is full or broken", to.string());
}

}  // namespace minben::net
