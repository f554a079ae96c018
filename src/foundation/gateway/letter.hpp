#pragma once
// The header parts of requests and answers: what X-Road's hash is made of, and what both gateways
// read from the same bytes.
//
//   request:  GET CRLF /r1/…?query CRLF {name ":" value CRLF}      answer:  200 CRLF {name ":" …}
#include "exchange/message.hpp"
#include "gateway.hpp"

namespace minben::gateway {

struct RequestHead {
  net::Method method = net::Method::get;
  std::string target;
  net::Headers fields;
};
struct AnswerHead {
  int status = 0;
  net::Headers fields;
};

inline constexpr std::size_t max_fields = 100;

std::string write_head(const RequestHead& head);
std::string write_head(const AnswerHead& head);
/// That the other side will read it: at most max_fields, and with room for what gateways add to it
/// at most max_head (piece.hpp). Error "head_too_large".
Result<void> check_size(const net::Headers& fields, std::string_view target = {});
/// Strict: CRLF only, names are tokens, values have no control characters, at most max_fields.
/// Error "bad_head".
Result<RequestHead> read_request_head(std::string_view text);
Result<AnswerHead> read_answer_head(std::string_view text);

}  // namespace minben::gateway
