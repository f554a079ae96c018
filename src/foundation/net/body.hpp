#pragma once
// Where the bytes of a request body go while they arrive, by content type.
#include "multipart.hpp"

namespace minben::net {

/// Where the pieces of a body go.
class BodyTarget {
 public:
  virtual ~BodyTarget() = default;
  /// False: no more is wanted.
  virtual bool add(std::string_view piece) = 0;
};

/// Keeps what came since it was last emptied.
class BodyPieces final : public BodyTarget {
 public:
  bool add(std::string_view piece) override {
    bytes += piece;
    return true;
  }
  std::string bytes;
};

struct BodyLimits {
  std::filesystem::path upload_directory;
  std::size_t max_fields = 1000;
};

/// multipart/form-data → form with uploads on disk; urlencoded → form; anything else → text.
class BodySink final : public BodyTarget {
 public:
  static Result<std::unique_ptr<BodySink>> make(std::string_view content_type,
                                                const BodyLimits& limits);
  /// Returns false after the first failure, which finish() reports.
  bool add(std::string_view piece) override;
  Result<void> finish(Request& into);
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  enum class Shape { text, urlencoded, multipart };
  Shape shape_ = Shape::text;
  std::size_t max_fields_ = 0;
  std::string text_;
  std::unique_ptr<MultipartReader> multipart_;
  std::optional<Error> error_;
};

}  // namespace minben::net
