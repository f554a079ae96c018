#include "pipeline.hpp"

#include <strings.h>

#include <exception>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "status.hpp"

namespace minben::net {

namespace {

// Files are gone when the request ends, unless the handler moved them away.
class UploadCleaner {
 public:
  explicit UploadCleaner(const Form& form) {
    for (const Upload& upload : form.uploads) paths_.push_back(upload.path);
  }
  ~UploadCleaner() {
    std::error_code ignored;
    for (const auto& path : paths_) std::filesystem::remove(path, ignored);
  }
  UploadCleaner(const UploadCleaner&) = delete;
  UploadCleaner& operator=(const UploadCleaner&) = delete;

 private:
  std::vector<std::filesystem::path> paths_;
};

bool is_framing(std::string_view name) {
  for (const std::string_view ours : {"content-length", "transfer-encoding", "connection", "date"})
    if (name.size() == ours.size() && strncasecmp(name.data(), ours.data(), ours.size()) == 0)
      return true;
  return false;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  out += "\r\n";
}

}  // namespace

Response Pipeline::run(const Route& route, Request& request) const {
  const UploadCleaner cleaner(request.form);
  try {
    Response response = handle(route, request);
    if (hooks_.finish) hooks_.finish(request, response);
    return response;
  } catch (const std::exception& exception) {
    spdlog::error("handler of {} threw: {}", route.pattern, exception.what());
    return refuse(request, {Kind::internal, "internal", exception.what(), {}, 0, 0}, 500);
  }
}

Response Pipeline::handle(const Route& route, Request& request) const {
  if (hooks_.guard)
    if (auto refused = hooks_.guard(route, request)) return std::move(*refused);
  return route.handler(request);
}

Response Pipeline::refuse(const Request& request, const Error& error, int status) const {
  try {
    Response response =
        hooks_.error_page ? hooks_.error_page(request, error) : Response::problem(error);
    response.status = status;
    if (status == 429 || status == 503) response.headers.set("Retry-After", "1");
    if (hooks_.finish) hooks_.finish(request, response);
    return response;
  } catch (const std::exception& exception) {
    spdlog::error("error page for {} threw: {}", error.code, exception.what());
    return Response::text("error\n", status);
  }
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

std::string write_head(const Response& response, std::string_view date, bool keep_alive,
                       std::optional<std::uint64_t> length) {
  std::string out;
  out.reserve(512 + (length && response.file.empty() ? response.body.size() : 0));
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 reason_phrase(response.status), date);
  for (const auto& [name, value] : response.headers.all())
    if (!is_framing(name)) append_field(out, name, value);
  if (length && !has_no_body(response.status))
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *length);
  if (!keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  return out;
}

std::string http_date(Instant instant) {
  static constexpr std::array days_of_week{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<days>(instant);
  const Date date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<seconds>(instant - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days_of_week[std::chrono::weekday(day).c_encoding()], unsigned(date.day()),
                     months[unsigned(date.month()) - 1], int(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

}  // namespace minben::net
