#pragma once

#include <curl/curl.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "collector/http_client.h"

namespace grumble::collector {

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One request under way, for HttpClient only. Shared by the waiting coroutine
/// and the client, so that either may go first.
class Transfer {
 public:
  /// `on_data`, if any, is given the body of an answer 200 piece by piece, and
  /// then nothing but silence ends the transfer. Throws HttpError.
  Transfer(const boost::asio::any_io_executor& executor, HttpRequest request,
           const HttpLimits& limits, HttpClient::OnData on_data = {});

  CURL* easy() { return easy_.get(); }

  template <typename Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK) {
      throw HttpError(address_ + ": " + curl_easy_strerror(code), true);
    }
  }

  /// To be called whenever it may have got on.
  void look();
  void finish(CURLcode code);
  void fail(const std::string& error, bool timed_out = false);
  /// Throws HttpError when it failed.
  HttpResponse take();

  /// Cancelled when the transfer has ended.
  boost::asio::steady_timer done;
  bool ended = false;
  /// When something of it came in last.
  std::chrono::steady_clock::time_point heard;

 private:
  void end();
  void add_header(const std::string& name, const std::string& value);
  void set_options();
  void set_address();
  void set_method();
  void set_limits();
  size_t take_body(std::string_view data);
  static size_t on_body(char* data, size_t, size_t size, void* self_pointer);
  static size_t on_header(char* data, size_t, size_t size, void* self_pointer);

  HttpRequest request_;
  HttpLimits limits_;
  HttpClient::OnData on_data_;
  std::string address_;  ///< all of it that may be shown
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  std::string error_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  bool permanent_ = false;
  bool timed_out_ = false;
  bool sent_ = false;
  bool seen_sent_ = false;
};

}  // namespace grumble::collector
