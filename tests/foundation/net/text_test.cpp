#include <gtest/gtest.h>

#include <filesystem>

#include <fmt/format.h>

#include "multipart.hpp"
#include "router.hpp"
#include "support.hpp"
#include "support/shared.hpp"

namespace minben::net::test {
namespace {

TEST(NetText, PercentCodingRoundTrips) {
  EXPECT_EQ(percent_encode("民 a/b~"), "%E6%B0%91%20a%2Fb~");
  EXPECT_EQ(*percent_decode("%E6%B0%91%20a%2Fb~"), "民 a/b~");
  for (const std::string_view broken : {"%", "%4", "%zz", "a%"})
    EXPECT_FALSE(percent_decode(broken)) << broken;
}

TEST(NetText, UrlencodedFormsRoundTripAndAreBounded) {
  const std::vector<std::pair<std::string, std::string>> fields{
      {"名", "a b&c=d"}, {"x", ""}, {"x", "+"}};
  const auto form = parse_urlencoded(write_urlencoded(fields));
  ASSERT_TRUE(form);
  EXPECT_EQ(form->fields(), fields);
  EXPECT_EQ(form->all("x").size(), 2u);
  EXPECT_EQ(parse_urlencoded("a=1&b=2&c=3", 2).error().code, "too_many_fields");
  EXPECT_EQ(parse_urlencoded("a=%ff").error().code, "not_utf8");
  EXPECT_EQ(parse_urlencoded("100%&&b")->get("100%"), "");
  EXPECT_TRUE(parse_urlencoded("100%&&b")->has("b"));
}

TEST(NetText, CookiesAreFoundByName) {
  Request request;
  request.headers.add("cookie", "a=1; session=x=y ;b=2");
  EXPECT_EQ(request.cookie("session"), "x=y");
  EXPECT_EQ(request.cookie("sess"), "");
}

TEST(NetText, ProblemDetailsNameEachFault) {
  const Error each{Kind::invalid, "date_in_past", "when", "birth", 3, 0};
  const Response response = Response::problem(
      {Kind::conflict, "stale", "somebody was faster", {}, 0, 0}, std::span(&each, 1));
  EXPECT_EQ(response.status, 409);
  const Json body = *parse_json(response.body);
  EXPECT_EQ(string_or(body, "type"), "urn:minben:problem:stale");
  EXPECT_EQ(string_or(find(body, "errors")->as_array()[0], "field"), "birth");
}

class RouterTest : public ::testing::Test {
 protected:
  static Result<Router> build(std::initializer_list<const char*> patterns) {
    std::vector<Route> routes;
    for (const char* pattern : patterns)
      routes.push_back(route(Method::get, pattern, [](Request&) { return Response::text(""); }));
    return Router::build(std::move(routes));
  }
  static std::string find(const Router& router, std::string_view target) {
    const auto parsed = parse_target(target, 10);
    if (!parsed) return parsed.error().code;
    const Match match = router.match(Method::get, *parsed);
    if (!match.route) return "-";
    std::string out = match.route->pattern;
    for (const auto& [name, value] : match.parameters) out += fmt::format(" {}={}", name, value);
    return out;
  }
};

TEST_F(RouterTest, LiteralsBeatParametersAndDeadEndsFallBack) {
  const auto router = build({"/", "/cases/new", "/cases/{case}", "/cases/{case}/edit",
                             "/cases/new/x", "/files/{path...}", "/files/index"});
  ASSERT_TRUE(router) << describe(router.error());
  EXPECT_EQ(find(*router, "/"), "/");
  EXPECT_EQ(find(*router, "/cases/new"), "/cases/new");
  EXPECT_EQ(find(*router, "/cases/7?x=1"), "/cases/{case} case=7");
  EXPECT_EQ(find(*router, "/cases/new/edit"), "/cases/{case}/edit case=new");
  EXPECT_EQ(find(*router, "/files/index"), "/files/index");
  EXPECT_EQ(find(*router, "/files/a/%E6%B0%91"), "/files/{path...} path=a/民");
  EXPECT_EQ(find(*router, "http://host/cases/new"), "/cases/new");
  EXPECT_EQ(find(*router, "/cases/"), "-");
  EXPECT_EQ(find(*router, "//cases/new"), "-");
  EXPECT_EQ(find(*router, "/api/%2e%2e/secret"), "bad_path");
}

TEST_F(RouterTest, NamesBadPatterns) {
  for (const char* pattern : {"cases", "/a{b}", "/{}", "/{a}/{a}", "/{rest...}/more", "/a%20b"}) {
    const auto router = build({pattern});
    ASSERT_FALSE(router) << pattern;
    EXPECT_EQ(router.error().code, "bad_route");
    EXPECT_EQ(router.error().field, pattern);
  }
  EXPECT_EQ(build({"/a/{x}", "/a/{y}"}).error().code, "duplicate_route");
}

class MultipartTest : public ::testing::Test {
 protected:
  Result<Form> read(std::string_view body, std::size_t step, MultipartLimits limits = {}) {
    MultipartReader reader("XX", directory_.path(), limits);
    for (std::size_t at = 0; at < body.size(); at += step)
      MINBEN_CHECK(reader.add(body.substr(at, step)));
    return reader.finish();
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
  }
  minben::test::TemporaryDirectory directory_;
};

const std::string sample =
    "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n金卡\r\n--X not a "
    "delimiter\r\n"
    "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a "
    "%22b%22.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
    "%PDF\r\n\r\n--X"
    "\r\n--XX\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n"
    "Content-Type: application/octet-stream\r\n\r\n\r\n--XX\r\nContent-Disposition: form-data; "
    "name=empty\r\n\r\n\r\n--XX--\r\nepilogue";

TEST_F(MultipartTest, ReadsTheSameHoweverItIsCut) {
  for (std::size_t step = 1; step < 200; ++step) {
    const auto form = read(sample, step);
    ASSERT_TRUE(form) << step << " " << describe(form.error());
    EXPECT_EQ(form->get("title"), "金卡\r\n--X not a delimiter");
    EXPECT_TRUE(form->has("empty"));
    ASSERT_EQ(form->uploads.size(), 1u);
    const Upload& upload = form->uploads[0];
    EXPECT_EQ(upload.file_name, "a \"b\".pdf");
    EXPECT_EQ(upload.claimed_type, "application/pdf");
    const std::string content = minben::test::read_file(upload.path);
    EXPECT_EQ(content, std::string_view("%PDF\r\n\r\n--X"));
    EXPECT_EQ(upload.size, content.size());
    EXPECT_EQ(upload.sha256_hex, hex_encode(sha256(content)));
    EXPECT_EQ(std::filesystem::status(upload.path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::remove(upload.path);
  }
}

TEST_F(MultipartTest, RefusesBrokenBodiesAndLeavesNoFile) {
  const std::string open =
      "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nabc";
  const std::vector<std::string> broken{
      open,
      open + "\r\n--XX",
      open + "\r\n--XXmore\r\n",
      "--XX\r\nContent-Disposition: attachment; name=\"f\"\r\n\r\nx\r\n--XX--",
      "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
      "--XX\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--XX--",
      "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--XX--",
      std::string(20000, 'p'),
      "--XX\r\nX: " + std::string(20000, 'h'),
      "",
  };
  for (const std::string& body : broken)
    for (const std::size_t step : {1u, 7u, 100000u})
      EXPECT_FALSE(read(body, step)) << body.substr(0, 80);
  EXPECT_EQ(files(), 0u);
}

TEST_F(MultipartTest, BoundsPartsAndText) {
  std::string many;
  for (int i = 0; i < 4; ++i)
    many += "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n0123456789\r\n";
  many += "--XX--";
  EXPECT_TRUE(read(many, 10));
  EXPECT_EQ(read(many, 10, {.max_fields = 3}).error().code, "too_many_fields");
  EXPECT_EQ(read(many, 10, {.max_text_bytes = 39}).error().code, "fields_too_large");
}

TEST(NetText, BoundariesAreChecked) {
  EXPECT_EQ(*multipart_boundary("multipart/form-data; boundary=\"a b\""), "a b");
  EXPECT_EQ(*multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=abc"), "abc");
  for (const std::string& type :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        "multipart/form-data; boundary=" + std::string(71, 'x'),
        std::string("multipart/mixed; boundary=a"),
        std::string("multipart/form-data; boundary=\"a \"")})
    EXPECT_FALSE(multipart_boundary(type)) << type;
}

}  // namespace
}  // namespace minben::net::test
