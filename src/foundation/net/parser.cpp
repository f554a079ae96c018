#include "parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

namespace minben::net {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

// A Beast body that hands each piece on instead of keeping it.
struct TargetBody {
  using value_type = BodyTarget*;

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>&, value_type& target) : target_(target) {}
    void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      std::size_t used = 0;
      for (const boost::asio::const_buffer piece : boost::beast::buffers_range_ref(buffers)) {
        used += piece.size();
        if (!target_->add({static_cast<const char*>(piece.data()), piece.size()})) {
          error = make_error_code(boost::system::errc::operation_canceled);
          return used;
        }
      }
      return used;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& target_;
  };
};

Error to_error(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return {Kind::too_large, "head_too_large", "the header fields are too large", {}, 0, 0};
  if (error == http::error::body_limit)
    return {Kind::too_large, "body_too_large", "the body is larger than allowed here", {}, 0, 0};
  return {Kind::invalid, "bad_request", error.message(), {}, 0, 0};
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

template <class Message>
Headers copy_headers(const Message& message) {
  Headers headers;
  for (const auto& field : message) headers.add(view(field.name_string()), view(field.value()));
  return headers;
}

// RFC 9112 §6.1-6.3, §3.2: what two parties could read differently is not read at all.
Result<void> check_framing(const http::request_header<>& head) {
  const auto bad = [](std::string_view why) { return fail(Kind::invalid, "bad_request", why); };
  const bool has_coding = head.count(http::field::transfer_encoding) > 0;
  if (head.version() != 11 && head.version() != 10) return bad("HTTP version");
  if (head.count(http::field::content_length) > 1) return bad("two Content-Length fields");
  const auto length = view(head[http::field::content_length]);
  if (length.find_first_not_of("0123456789") != length.npos) return bad("Content-Length");
  if (has_coding && head.count(http::field::content_length) > 0)
    return bad("Content-Length together with Transfer-Encoding");
  if (has_coding && (head.version() == 10 || head.count(http::field::transfer_encoding) > 1 ||
                     to_lower_ascii(view(head[http::field::transfer_encoding])) != "chunked"))
    return bad("transfer coding other than chunked");
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (head.version() == 11 && hosts == 0)) return bad("exactly one Host field");
  return {};
}

}  // namespace

struct RequestParser::Impl {
  http::request_parser<TargetBody> parser;
  RequestHead head;
  bool head_read = false;

  Result<void> read_head() {
    const auto& message = parser.get();
    MINBEN_CHECK(check_framing(message.base()));
    head.method = view(message.method_string());
    head.target = view(message.target());
    head.headers = copy_headers(message.base());
    head.keep_alive = message.version() == 11 && parser.keep_alive();
    if (parser.content_length()) head.content_length = *parser.content_length();
    head.has_body = parser.chunked() || head.content_length.value_or(0) > 0;
    head.expects_continue =
        message.version() == 11 && to_lower_ascii(head.headers.get("Expect")) == "100-continue";
    head_read = true;
    return {};
  }
};

RequestParser::RequestParser(std::size_t max_header_bytes) : impl_(std::make_unique<Impl>()) {
  impl_->parser.header_limit(static_cast<std::uint32_t>(max_header_bytes));
  impl_->parser.body_limit(boost::none);
  impl_->parser.eager(false);
}
RequestParser::~RequestParser() = default;

Result<std::size_t> RequestParser::put(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !done()) {
    if (impl_->head_read && !impl_->parser.get().body()) break;  // waits for expect_body
    error_code error;
    used += impl_->parser.put(boost::asio::buffer(bytes.substr(used)), error);
    if (error == http::error::need_more) break;
    if (error) return fail(to_error(error));
    if (impl_->parser.is_header_done() && !impl_->head_read) {
      MINBEN_CHECK(impl_->read_head());
      break;
    }
  }
  return used;
}

bool RequestParser::head_done() const { return impl_->head_read; }
bool RequestParser::done() const { return impl_->parser.is_done(); }
const RequestHead& RequestParser::head() const { return impl_->head; }

void RequestParser::expect_body(BodyTarget& target, std::uint64_t limit) {
  impl_->parser.get().body() = &target;
  impl_->parser.body_limit(limit);
  impl_->parser.eager(true);
}

namespace {

Error to_answer_error(const error_code& error) {
  Error out = to_error(error);
  const bool too_large = out.kind == Kind::too_large;
  out.code = too_large ? "response_too_large" : "bad_response";
  if (!too_large) out.kind = Kind::unavailable;
  return out;
}

}  // namespace

struct AnswerParser::Impl {
  http::response_parser<TargetBody> parser;
  ClientResponse head;
  bool head_read = false;
};

AnswerParser::AnswerParser(bool answer_to_head) : impl_(std::make_unique<Impl>()) {
  impl_->parser.header_limit(64u << 10);
  impl_->parser.body_limit(boost::none);
  impl_->parser.eager(false);
  impl_->parser.skip(answer_to_head);
}
AnswerParser::~AnswerParser() = default;

Result<std::size_t> AnswerParser::put(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !done()) {
    if (impl_->head_read && !impl_->parser.get().body()) break;  // waits for expect_body
    error_code error;
    used += impl_->parser.put(boost::asio::buffer(bytes.substr(used)), error);
    if (error == http::error::need_more) break;
    if (error) return fail(to_answer_error(error));
    if (impl_->parser.is_header_done() && !impl_->head_read) {
      const auto& message = impl_->parser.get();
      impl_->head.status = message.result_int();
      impl_->head.headers = copy_headers(message.base());
      impl_->head_read = true;
      break;
    }
  }
  return used;
}

Result<void> AnswerParser::put_end() {
  error_code error;
  impl_->parser.put_eof(error);
  if (error || !done())
    return fail(Kind::unavailable, "truncated", "the connection was closed early");
  return {};
}
bool AnswerParser::head_done() const { return impl_->head_read; }
bool AnswerParser::done() const { return impl_->parser.is_done(); }
bool AnswerParser::keep_alive() const { return impl_->parser.keep_alive(); }
std::optional<std::uint64_t> AnswerParser::content_length() const {
  const auto length = impl_->parser.content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}
ClientResponse AnswerParser::take_head() { return std::move(impl_->head); }

void AnswerParser::expect_body(BodyTarget& target, std::uint64_t limit) {
  impl_->parser.get().body() = &target;
  impl_->parser.body_limit(limit);
  impl_->parser.eager(true);
}

struct ResponseParser::Impl {
  AnswerParser parser;
  BodyPieces body;
  const std::size_t max_bytes;
  bool started = false;
  bool in_body = false;
};

ResponseParser::ResponseParser(std::size_t max_bytes, bool answer_to_head)
    : impl_(new Impl{AnswerParser(answer_to_head), {}, max_bytes}) {}
ResponseParser::~ResponseParser() = default;

Result<std::size_t> ResponseParser::put(std::string_view bytes) {
  AnswerParser& parser = impl_->parser;
  impl_->started |= !bytes.empty();
  MINBEN_TRY(used, parser.put(bytes));
  if (!parser.head_done() || parser.done() || impl_->in_body) return used;
  if (parser.content_length().value_or(0) > impl_->max_bytes)
    return fail(Kind::too_large, "response_too_large", "the body is larger than allowed here");
  impl_->in_body = true;
  parser.expect_body(impl_->body, impl_->max_bytes);
  MINBEN_TRY(more, parser.put(bytes.substr(used)));
  return used + more;
}

Result<void> ResponseParser::put_end() { return impl_->parser.put_end(); }
bool ResponseParser::started() const { return impl_->started; }
bool ResponseParser::done() const { return impl_->parser.done(); }
bool ResponseParser::keep_alive() const { return impl_->parser.keep_alive(); }

ClientResponse ResponseParser::take() {
  ClientResponse response = impl_->parser.take_head();
  response.body = std::move(impl_->body.bytes);
  return response;
}

}  // namespace minben::net
