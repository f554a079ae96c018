#include "net.hpp"
#include "status.hpp"

namespace minben::net {

namespace {

Response with_type(std::string body, std::string_view type, int status) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = std::move(body);
  return response;
}

JsonObject describe_one(const Error& error) {
  JsonObject object{{"code", error.code}, {"detail", error.detail}};
  if (!error.field.empty()) object["field"] = error.field;
  if (error.line > 0) object["line"] = error.line;
  if (error.column > 0) object["column"] = error.column;
  return object;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

int http_status(Kind kind) {
  switch (kind) {
    case Kind::invalid:
      return 400;
    case Kind::unauthorised:
      return 401;
    case Kind::forbidden:
      return 403;
    case Kind::not_found:
      return 404;
    case Kind::conflict:
      return 409;
    case Kind::too_large:
      return 413;
    case Kind::too_many:
      return 429;
    case Kind::unavailable:
      return 503;
    case Kind::internal:
      return 500;
  }
  return 500;
}

Response Response::html(std::string body, int status) {
  return with_type(std::move(body), "text/html; charset=utf-8", status);
}
Response Response::json(const Json& value, int status) {
  return with_type(write_json(value), "application/json", status);
}
Response Response::text(std::string body, int status) {
  return with_type(std::move(body), "text/plain; charset=utf-8", status);
}
Response Response::bytes(std::string body, std::string_view content_type) {
  return with_type(std::move(body), content_type, 200);
}

Response Response::see_other(std::string_view location) {
  Response response;
  response.status = 303;
  response.headers.add("Location", location);
  return response;
}

Response Response::send_file(std::filesystem::path path, std::string_view content_type) {
  Response response = with_type({}, content_type, 200);
  response.file = std::move(path);
  return response;
}

Response Response::event_stream(std::function<void(std::shared_ptr<EventStream>)> start) {
  Response response = with_type({}, "text/event-stream", 200);
  response.headers.add("Cache-Control", "no-store");
  response.events = std::move(start);
  return response;
}

Response Response::problem(const Error& error, std::span<const Error> more) {
  const int status = http_status(error.kind);
  JsonObject body{{"type", "urn:minben:problem:" + error.code},
                  {"title", reason_phrase(status)},
                  {"status", status}};
  // An internal failure's detail may name things that outsiders must not learn.
  if (error.kind != Kind::internal && !error.detail.empty()) body["detail"] = error.detail;
  if (!error.field.empty()) body["field"] = error.field;
  if (error.line > 0) body["line"] = error.line;
  if (!more.empty()) {
    JsonArray errors;
    for (const Error& each : more) errors.emplace_back(describe_one(each));
    body["errors"] = std::move(errors);
  }
  return with_type(write_json(body), "application/problem+json", status);
}

}  // namespace minben::net
