#pragma once
// HTTP/1.1 messages from bytes (RFC 9112). Beast does the work in parser.cpp, and is seen nowhere
// else.
#include "body.hpp"

namespace minben::net {

struct RequestHead {
  std::string method;  ///< as received
  std::string target;
  Headers headers;
  bool keep_alive = false;
  bool has_body = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;
};

/// One request. Bytes that put() did not use must be offered again with what follows them.
/// Refused ("bad_request"): two lengths, a length together with a transfer coding, any coding but
/// chunked, no or two Host fields, versions other than 1.0 and 1.1. Too long a head:
/// "head_too_large".
class RequestParser {
 public:
  explicit RequestParser(std::size_t max_header_bytes);
  ~RequestParser();
  Result<std::size_t> put(std::string_view bytes);  ///< stops after the head until expect_body
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] bool done() const;
  [[nodiscard]] const RequestHead& head() const;
  /// The body goes to `target`; past `limit` bytes put() fails with "body_too_large".
  void expect_body(BodyTarget& target, std::uint64_t limit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One answer whose body is handed on as it comes. As RequestParser: stops after the head.
class AnswerParser {
 public:
  explicit AnswerParser(bool answer_to_head);
  ~AnswerParser();
  Result<std::size_t> put(std::string_view bytes);
  Result<void> put_end();  ///< as ResponseParser
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  ClientResponse take_head();  ///< when head_done; no body
  /// Past `limit` bytes put() fails with "response_too_large".
  void expect_body(BodyTarget& target, std::uint64_t limit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One answer, bounded. For the client.
class ResponseParser {
 public:
  ResponseParser(std::size_t max_bytes, bool answer_to_head);
  ~ResponseParser();
  Result<std::size_t> put(std::string_view bytes);
  Result<void>
  put_end();  ///< the connection was closed; error "truncated" unless that ends the body
  [[nodiscard]] bool started() const;  ///< any byte used
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool keep_alive() const;
  ClientResponse take();  ///< when done

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::net
