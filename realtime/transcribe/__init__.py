"""The use case "transcribe a file": what the API, jobs, the command line and the library share."""
