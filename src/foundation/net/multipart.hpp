#pragma once
// multipart/form-data (RFC 7578) as it arrives: files go to disk, text fields to memory.
#include "net.hpp"

namespace minben::net {

/// The boundary parameter of a multipart/form-data content type, or "bad_multipart".
Result<std::string> multipart_boundary(std::string_view content_type);

struct MultipartLimits {
  std::size_t max_fields = 1000;
  std::size_t max_text_bytes = 1u << 20;  ///< of all text fields together
  std::size_t max_part_header_bytes = 8u << 10;
};

/// Pieces may be cut anywhere. Files are made with mode 0600 and removed by the destructor unless
/// the finished form was taken.
class MultipartReader {
 public:
  MultipartReader(std::string_view boundary, std::filesystem::path directory,
                  MultipartLimits limits);
  ~MultipartReader();
  MultipartReader(const MultipartReader&) = delete;
  MultipartReader& operator=(const MultipartReader&) = delete;

  Result<void> add(std::string_view piece);
  /// The closing delimiter must have come.
  Result<Form> finish();

 private:
  enum class State { preamble, after_delimiter, headers, data, end };
  Result<bool> step();  ///< false: more bytes are needed
  Result<bool> read_preamble();
  Result<bool> read_after_delimiter();
  Result<bool> read_headers();
  Result<bool> read_data();
  Result<void> begin_part(std::string_view headers);
  Result<void> take(std::string_view data);
  Result<void> end_part();
  Result<void> open_file();

  const std::string delimiter_;  ///< CRLF "--" boundary
  const std::filesystem::path directory_;
  const MultipartLimits limits_;
  State state_ = State::preamble;
  std::string buffer_ = "\r\n";  ///< so that the first delimiter looks like all others
  std::size_t parts_ = 0;
  std::size_t text_bytes_ = 0;

  std::string name_;   ///< of the open part
  std::string value_;  ///< of the open part, when it is text
  bool is_file_ = false;
  int file_ = -1;  ///< descriptor, when the open part is a file that has begun
  std::unique_ptr<Sha256Stream> hash_;
  Upload upload_;
  Form form_;
};

}  // namespace minben::net
