"""`python -m benchmarks.people`: the short way to `benchmarks.recognition.people`."""

from benchmarks.recognition.people import main

if __name__ == "__main__":
    main()
