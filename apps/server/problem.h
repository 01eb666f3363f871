// Errors as answers: RFC 9457, application/problem+json.
#ifndef HASHLENS_APPS_SERVER_PROBLEM_H_
#define HASHLENS_APPS_SERVER_PROBLEM_H_

#include <httplib.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

void SetJson(httplib::Response& response, const nlohmann::json& json, int status = 200);

void SetProblem(httplib::Response& response, int status, const std::string& detail);
// Such an answer as it goes over the wire, for a connection to which the HTTP library gives none;
// the connection ends after it.
std::string ProblemOnTheWire(int status, const std::string& detail);
// How long to wait before the same is tried again.
void SetBusy(httplib::Response& response, int status, const std::string& detail, int seconds);
// kCorruption and kUnsupported are the library's; see SetQueryProblem.
void SetProblem(httplib::Response& response, const Status& status);
// Of what the client sent: a picture that is broken or none at all is no fault of the server.
void SetQueryProblem(httplib::Response& response, const Status& status);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_PROBLEM_H_
