#include "body.hpp"

namespace minben::net {

Result<std::unique_ptr<BodySink>> BodySink::make(std::string_view content_type,
                                                 const BodyLimits& limits) {
  auto sink = std::make_unique<BodySink>();
  sink->max_fields_ = limits.max_fields;
  const auto type = to_lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
  if (type == "application/x-www-form-urlencoded") sink->shape_ = Shape::urlencoded;
  if (type == "multipart/form-data") {
    MINBEN_TRY(boundary, multipart_boundary(content_type));
    sink->shape_ = Shape::multipart;
    sink->multipart_ = std::make_unique<MultipartReader>(
        boundary, limits.upload_directory, MultipartLimits{.max_fields = limits.max_fields});
  }
  return sink;
}

bool BodySink::add(std::string_view piece) {
  if (error_) return false;
  if (shape_ != Shape::multipart) {
    text_ += piece;
    return true;
  }
  if (auto taken = multipart_->add(piece); !taken) error_ = std::move(taken).error();
  return !error_;
}

Result<void> BodySink::finish(Request& into) {
  if (error_) return fail(*error_);
  if (shape_ == Shape::text) {
    into.body = std::move(text_);
  } else if (shape_ == Shape::urlencoded) {
    MINBEN_TRY(form, parse_urlencoded(text_, max_fields_));
    into.form = std::move(form);
  } else {
    MINBEN_TRY(form, multipart_->finish());
    into.form = std::move(form);
  }
  return {};
}

}  // namespace minben::net
