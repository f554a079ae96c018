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

std::string write_head(const RequestHead& head);
std::string write_head(const AnswerHead& head);
/// Strict: CRLF only, names are tokens, values have no control characters, at most 100 fields.
/// Error "bad_head".
Result<RequestHead> read_request_head(std::string_view text);
Result<AnswerHead> read_answer_head(std::string_view text);

}  // namespace minben::gateway
